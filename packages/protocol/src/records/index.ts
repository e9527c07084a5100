export * from './batch-header.ts';
export { crc32c } from './crc32c.ts';
