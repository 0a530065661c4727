/** What other features may use of the close look at a connection. */
export { usePublicAddress } from './address.ts';
export { Doctor } from './Doctor.tsx';
