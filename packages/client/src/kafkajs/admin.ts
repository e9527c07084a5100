import type { Admin as CoreAdmin } from '../index.ts';
import { aclOperations } from './admin/acls.ts';
import { configOperations } from './admin/configs.ts';
import { groupOperations } from './admin/groups.ts';
import { topicOperations } from './admin/topics.ts';
import { translatedAnswer } from './failures.ts';
import { Part, type PartOptions } from './part.ts';
import type { RetryOptions } from './types.ts';

export const adminEvents = {
  CONNECT: 'admin.connect',
  DISCONNECT: 'admin.disconnect',
  REQUEST: 'admin.network.request',
  REQUEST_TIMEOUT: 'admin.network.request_timeout',
  REQUEST_QUEUE_SIZE: 'admin.network.request_queue_size',
} as const;

export interface AdminConfig {
  readonly retry?: RetryOptions;
}

/** Makes a call of ours, and throws what a broker answers as an error with Kafka's name in `type`. */
export type Ask = <T>(call: (admin: CoreAdmin) => Promise<T>) => Promise<T>;

class AdminPart extends Part<typeof adminEvents> {
  #admin: CoreAdmin | null = null;

  constructor(options: PartOptions) {
    super('Admin', adminEvents, options);
  }

  override async disconnect(): Promise<void> {
    this.#admin = null;
    await super.disconnect();
  }

  /** Throws where it is not connected. */
  core(): CoreAdmin {
    const { client } = this;
    this.#admin ??= client.admin();
    return this.#admin;
  }
}

function operations(ask: Ask) {
  return {
    ...topicOperations(ask),
    ...configOperations(ask),
    ...groupOperations(ask),
    ...aclOperations(ask),
    describeCluster: async () => {
      const { brokers, controllerId, clusterId } = await ask((admin) => admin.describeCluster());
      return {
        brokers: brokers.map(({ id, host, port }) => ({ nodeId: id, host, port })),
        controller: controllerId < 0 ? null : controllerId,
        clusterId: clusterId ?? '',
      };
    },
  };
}

/** kafkajs's admin, on ours. */
export type Admin = Omit<AdminPart, 'core'> & ReturnType<typeof operations>;

export function createAdmin(options: PartOptions): Admin {
  const part = new AdminPart(options);
  const ask: Ask = async (call) => translatedAnswer(call(part.core()));
  return Object.assign(part, operations(ask));
}
