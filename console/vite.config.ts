/** How the console is built: into `dist/`, with a manifest for the budget, and nothing inline that the CSP would refuse. */
import { fileURLToPath } from 'node:url';

import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// `npm run dev` sends the API on to a running `idflow serve`; IDFLOW_SERVER says where that is.
const server = process.env['IDFLOW_SERVER'] ?? 'http://127.0.0.1:8080';
const onward = { target: server, changeOrigin: false };

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { '#': fileURLToPath(new URL('./src', import.meta.url)) } },
  html: { cspNonce: '__NONCE__' },
  build: {
    outDir: 'dist',
    emptyOutDir: false,
    manifest: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1500,
  },
  server: { port: 5173, strictPort: true, proxy: { '/api': onward, '/oauth': onward } },
});
