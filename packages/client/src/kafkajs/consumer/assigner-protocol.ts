import {
  consumerProtocolAssignment,
  consumerProtocolSubscription,
  Reader,
  Writer,
} from '@tidelog/protocol';

export interface MemberMetadata {
  readonly version: number;
  readonly topics: string[];
  readonly userData: Buffer;
}

export interface MemberAssignment {
  readonly version: number;
  /** The numbers of its partitions, by topic. */
  readonly assignment: Assignment;
  readonly userData: Buffer;
}

export interface Assignment {
  [topic: string]: number[];
}

const NOTHING = Buffer.alloc(0);

/** What custom assigners encode and decode: the consumer protocol in its first version. */
export const AssignerProtocol = {
  MemberMetadata: {
    encode({ version, topics, userData = NOTHING }: Optional<MemberMetadata>): Buffer {
      const writer = new Writer();
      writer.int16(version);
      consumerProtocolSubscription.write(writer, { topics, userData }, 0);
      return writer.toBuffer();
    },

    /** Null for what is none. */
    decode(buffer: Buffer): MemberMetadata | null {
      const reader = new Reader(buffer);
      const version = reader.int16();
      const { topics, userData } = consumerProtocolSubscription.read(reader, 0);
      return reader.failed ? null : { version, topics, userData: userData ?? NOTHING };
    },
  },

  MemberAssignment: {
    encode({ version, assignment, userData = NOTHING }: Optional<MemberAssignment>): Buffer {
      const writer = new Writer();
      writer.int16(version);
      const assignedPartitions = Object.entries(assignment).map(([topic, partitions]) => ({
        topic,
        partitions,
      }));
      consumerProtocolAssignment.write(writer, { assignedPartitions, userData }, 0);
      return writer.toBuffer();
    },

    decode(buffer: Buffer): MemberAssignment | null {
      const reader = new Reader(buffer);
      const version = reader.int16();
      const { assignedPartitions, userData } = consumerProtocolAssignment.read(reader, 0);
      if (reader.failed) return null;
      const assignment: Assignment = Object.create(null);
      for (const { topic, partitions } of assignedPartitions) assignment[topic] = partitions;
      return { version, assignment, userData: userData ?? NOTHING };
    },
  },
};

type Optional<T extends { userData: Buffer }> = Omit<T, 'userData'> & { userData?: Buffer };
