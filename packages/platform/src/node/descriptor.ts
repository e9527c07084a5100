import type { Socket as TcpSocket } from 'node:net';

/** Node does not document a connection's descriptor; with TLS the kernel must not write to it. */
export function descriptorOf(tcp: TcpSocket): number | null {
  if ('encrypted' in tcp) return null;
  const fd = (tcp as unknown as { _handle?: { fd?: unknown } | null })._handle?.fd;
  return typeof fd === 'number' && fd >= 0 ? fd : null;
}
