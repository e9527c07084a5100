import { memoryUsage, cpuUsage, uptime, versions } from 'node:process';
import type { Exposition } from './exposition.ts';

/** This process, under the names that Prometheus clients of every language use. */
export function collectProcess(page: Exposition): void {
  const { user, system } = cpuUsage();
  const { rss, heapUsed, heapTotal, external, arrayBuffers } = memoryUsage();
  const seconds = (user + system) / 1e6;
  page.counter('process_cpu_seconds_total', 'Processor time, user and system', seconds);
  page.gauge('process_resident_memory_bytes', 'Resident memory', rss);
  page.gauge('process_uptime_seconds', 'Seconds since the process started', uptime());
  page.gauge('nodejs_heap_size_used_bytes', 'Heap in use', heapUsed);
  page.gauge('nodejs_heap_size_total_bytes', 'Heap', heapTotal);
  page.gauge('nodejs_external_memory_bytes', 'Memory outside of the heap', external);
  page.gauge('nodejs_array_buffers_bytes', 'Memory of buffers', arrayBuffers);
  page.gauge('nodejs_version_info', 'The version of Node', 1, { version: versions.node });
}
