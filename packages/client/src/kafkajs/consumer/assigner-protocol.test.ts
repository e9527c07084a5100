import { describe, expect, it } from 'vitest';
import { AssignerProtocol } from './assigner-protocol.ts';

const { MemberAssignment, MemberMetadata } = AssignerProtocol;

describe('the protocol of assigners', () => {
  // What kafkajs 2.2.4 encodes.
  it('encodes a subscription as kafkajs does', () => {
    const metadata = { version: 1, topics: ['a', 'bc'], userData: Buffer.from('x') };
    const bytes = ['0001', '00000002', '000161', '00026263', '00000001', '78'].join('');
    expect(MemberMetadata.encode(metadata).toString('hex')).toBe(bytes);
    expect(MemberMetadata.decode(Buffer.from(bytes, 'hex'))).toEqual(metadata);
  });

  it('encodes an assignment as kafkajs does', () => {
    const bytes = ['000100000001', '000161', '00000002', '0000000000000003', '00000000'].join('');
    expect(MemberAssignment.encode({ version: 1, assignment: { a: [0, 3] } }).toString('hex')).toBe(
      bytes,
    );
    const decoded = MemberAssignment.decode(Buffer.from(bytes, 'hex'))!;
    expect({ ...decoded.assignment }).toEqual({ a: [0, 3] });
    expect(decoded.userData.length).toBe(0);
  });

  it('reads nothing from what is none', () => {
    expect(MemberAssignment.decode(Buffer.alloc(0))).toBeNull();
    expect(MemberMetadata.decode(Buffer.from('0001ffffffff', 'hex'))).toBeNull();
  });

  it('takes no topic for more than a name', () => {
    const encoded = MemberAssignment.encode({ version: 1, assignment: { ['__proto__']: [1] } });
    expect(Object.keys(MemberAssignment.decode(encoded)!.assignment)).toEqual(['__proto__']);
  });
});
