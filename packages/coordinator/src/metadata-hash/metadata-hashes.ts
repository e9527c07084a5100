import type { TopicView } from '../group/topics-view.ts';
import { xxh3 } from './xxh3.ts';

/** Says how a topic is hashed; the first byte of what is. */
const VERSION = 0;

/** The hashes that Apache Kafka keeps in the epochs of groups (KIP-1101), as signed 64 bits. */
export const metadataHashes = {
  /** Of all that an assignment depends on. */
  topic(topic: TopicView): bigint {
    const { id, name, partitionCount } = topic;
    const bytes = new HashedBytes();
    bytes.byte(VERSION);
    const uuid = Buffer.from(id, 'base64url');
    bytes.long(uuid.readBigUInt64BE(0));
    bytes.long(uuid.readBigUInt64BE(8));
    bytes.string(name);
    bytes.int(partitionCount);
    for (let partition = 0; partition < partitionCount; partition++) {
      bytes.int(partition);
      for (const rack of topic.racks(partition).toSorted()) {
        bytes.int(rack.length);
        bytes.string(rack);
      }
    }
    return bytes.hash();
  },

  /** Of the hashes of topics, in the order of their names; 0 of none. */
  group(topicHashes: readonly bigint[]): bigint {
    if (topicHashes.length === 0) return 0n;
    const bytes = new HashedBytes();
    for (const hash of topicHashes) bytes.long(hash);
    return bytes.hash();
  },
};

/** Little-endian; strings are their UTF-16 units, and then how many these are. */
class HashedBytes {
  #view = new DataView(new ArrayBuffer(256));
  #length = 0;

  byte(value: number): void {
    const at = this.#grow(1);
    this.#view.setUint8(at, value);
  }

  int(value: number): void {
    const at = this.#grow(4);
    this.#view.setInt32(at, value, true);
  }

  long(value: bigint): void {
    const at = this.#grow(8);
    this.#view.setBigUint64(at, BigInt.asUintN(64, value), true);
  }

  string(value: string): void {
    const at = this.#grow(2 * value.length);
    for (let i = 0; i < value.length; i++) {
      this.#view.setUint16(at + 2 * i, value.charCodeAt(i), true);
    }
    this.int(value.length);
  }

  hash(): bigint {
    return BigInt.asIntN(64, xxh3(new Uint8Array(this.#view.buffer, 0, this.#length)));
  }

  /** Makes room, and says where. */
  #grow(sizeBytes: number): number {
    const at = this.#length;
    this.#length += sizeBytes;
    if (this.#length > this.#view.byteLength) {
      const larger = new Uint8Array(2 * this.#length);
      larger.set(new Uint8Array(this.#view.buffer));
      this.#view = new DataView(larger.buffer);
    }
    return at;
  }
}
