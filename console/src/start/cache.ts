/** What the server said, kept for all pages. */
import { QueryClient } from '@tanstack/react-query';

import { worthAnother } from '#/api/problem';

export const cache = new QueryClient({
  defaultOptions: {
    // `always`: a machine that has no way to the internet still reaches a server of its own network.
    queries: { retry: worthAnother, staleTime: 5_000, refetchOnWindowFocus: true, networkMode: 'always' },
    mutations: { retry: false, networkMode: 'always' },
  },
});
