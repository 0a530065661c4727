/** Answers what the page asks the server, in tests without a browser. Called before the client is imported. */
import { vi } from 'vitest';

/** Has each request answered here. */
export function answered(answer: (request: Request) => Promise<Response>): void {
  vi.stubGlobal('fetch', answer);
  // The client names paths only; Node's Request wants a whole address.
  vi.stubGlobal(
    'Request',
    class extends Request {
      constructor(input: string | URL | Request, init?: RequestInit) {
        super(typeof input === 'string' ? new URL(input, 'http://console.test') : input, init);
      }
    },
  );
}
