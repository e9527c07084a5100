import { errors, type KafkaError } from '@tidelog/protocol';
import type { BrokerServices } from '../services.ts';

/** A UUID as people read it. */
const LONGEST_MEMBER_ID = 36;

/** Why a member of a share group is not listened to, whatever it asks; null when it is. */
export function memberRefusal(
  { groupId, memberId }: { groupId: string | null; memberId: string | null },
  broker: BrokerServices,
): KafkaError | null {
  const level = broker.finalizedFeatures().get('share.version') ?? 0;
  if (level < 1) return errors.UNSUPPORTED_VERSION;
  const named = groupId !== null && memberId !== null && memberId !== '';
  return named && memberId.length <= LONGEST_MEMBER_ID ? null : errors.INVALID_REQUEST;
}
