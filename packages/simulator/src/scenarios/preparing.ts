import type { Admin, Client, KafkaClientError } from '@tidelog/client';
import type { Wire } from './exactly-once/wire.ts';

type Topics = Parameters<Admin['createTopics']>[0];

/** Also where an attempt before was not answered. */
export async function createTopics(client: Client, topics: Topics): Promise<void> {
  await using admin = client.admin();
  await admin.createTopics(topics).catch((error: unknown) => {
    if ((error as KafkaClientError).code !== 'TOPIC_ALREADY_EXISTS') throw error;
  });
}

/** Who asks for a coordinator brings its topic into being. */
export async function awaken(
  wire: Wire,
  coordinator: 'group' | 'transaction',
  key: string,
): Promise<void> {
  const request = { keyType: coordinator === 'group' ? 0 : 1, coordinatorKeys: [key] };
  await wire.ask('FindCoordinator', 4, request, ({ coordinators }) => coordinators[0]!.errorCode);
}
