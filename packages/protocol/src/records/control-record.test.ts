import { describe, expect, it } from 'vitest';
import {
  controlRecordKey,
  controlRecordTypes,
  endTxnMarkerValue,
  readControlRecordType,
  readEndTxnMarker,
} from './control-record.ts';

describe('control records', () => {
  it('read back', () => {
    for (const type of Object.values(controlRecordTypes)) {
      expect(readControlRecordType(controlRecordKey(type))).toBe(type);
    }
    expect(controlRecordKey(controlRecordTypes.commit).toString('hex')).toBe('00000001');
    expect(readEndTxnMarker(endTxnMarkerValue(258))).toBe(258);
    expect(endTxnMarkerValue(258).toString('hex')).toBe('000000000102');
  });

  it('of newer versions are read as far as they are known', () => {
    expect(readControlRecordType(Buffer.from('0001000900ff', 'hex'))).toBe(9);
    expect(readEndTxnMarker(Buffer.from('000100000007ff', 'hex'))).toBe(7);
  });

  it('that are none are told apart', () => {
    for (const key of [null, Buffer.alloc(3), Buffer.from('ffff0001', 'hex')]) {
      expect(readControlRecordType(key)).toBeUndefined();
    }
    for (const value of [null, Buffer.alloc(5), Buffer.from('ffff00000001', 'hex')]) {
      expect(readEndTxnMarker(value)).toBeUndefined();
    }
  });
});
