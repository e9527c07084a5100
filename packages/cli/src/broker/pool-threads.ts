/** libuv's threads. Syncs of many logs share a commit of the file system only where they begin together. */
const POOL_THREADS = '16';

/** To be called before the first of them is needed. */
export function setPoolThreads(): void {
  process.env['UV_THREADPOOL_SIZE'] ??= POOL_THREADS;
}
