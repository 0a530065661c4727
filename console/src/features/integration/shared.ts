/** What other features may use of the close look at a connection. */
export { Doctor } from './Doctor.tsx';
