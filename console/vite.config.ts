/** How the console is built: into `dist/`, with a manifest for the budget, and nothing inline that the CSP would refuse. */
import { fileURLToPath } from 'node:url';

import react from '@vitejs/plugin-react';
import { type Plugin, defineConfig } from 'vite';

// `npm run dev` sends the API on to a running `idflow serve`; IDFLOW_SERVER says where that is.
const server = process.env['IDFLOW_SERVER'] ?? 'http://127.0.0.1:8080';
const onward = { target: server, changeOrigin: false };

/** The scripts of the frame and of the first page are fetched beside those that will ask for them, not after. */
const ahead: Plugin = {
  name: 'ahead',
  transformIndexHtml: {
    order: 'post',
    handler: (_, { bundle = {} }) =>
      Object.values(bundle)
        .filter((chunk) => chunk.type === 'chunk' && chunk.name === 'frame')
        .map(({ fileName }) => ({
          tag: 'link',
          attrs: { rel: 'modulepreload', crossorigin: true, href: `/${fileName}` },
          injectTo: 'head' as const,
        })),
  },
};

export default defineConfig({
  plugins: [react(), ahead],
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
    rolldownOptions: {
      output: {
        // Few files: a browser has six connections to a server, and what a page asks for waits behind its scripts. `frame` is
        // what stands around all pages, with the page that most people see first.
        codeSplitting: {
          groups: [
            { name: 'first', tags: ['$initial'], priority: 2 },
            { name: 'frame', test: /\/(shell\/Shell|overview\/OverviewPage)\.tsx$/, priority: 1 },
          ],
        },
      },
    },
  },
  server: { port: 5173, strictPort: true, proxy: { '/api': onward, '/oauth': onward } },
});
