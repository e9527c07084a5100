import { writeMarkers } from '../transaction/write-markers.ts';
import type { Handler } from './handler.ts';

/**
 * Versions 1 and 2: a transaction coordinator, or an operator who aborts a hanging transaction, ends
 * transactions on partitions of this broker. From version 2 on a marker says which
 * `transaction.version` it is of, and with that how its epoch is checked (KIP-1228).
 */
export const writeTxnMarkers: Handler<'WriteTxnMarkers'> = (request, _context, broker) =>
  writeMarkers(request, broker);
