/** Keys that are good once: for `Idempotency-Key`. `randomUUID` is missing over plain HTTP. */

/** 128 random bits in hexadecimal. */
export function freshKey(): string {
  const bits = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bits, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
