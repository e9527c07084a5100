import { type ClientOptions, createClient, type KafkaClientError } from '@tidelog/client';
import type { Finding } from './finding.ts';

export interface ConnectionCheck {
  readonly findings: readonly Finding[];
  /** Some bootstrap server answers. */
  readonly isConnected: boolean;
}

interface Node {
  readonly id: number;
  readonly host: string;
  readonly port: number;
}

/** Asks each bootstrap server by itself, and then each broker where it says that it is. */
export async function checkConnection(options: ClientOptions): Promise<ConnectionCheck> {
  const { bootstrapServers } = options;
  const servers = (
    typeof bootstrapServers === 'string' ? bootstrapServers.split(',') : bootstrapServers
  ).map((server) => server.trim());
  const answers = await Promise.all(servers.map((server) => ask(options, server)));
  const findings = answers.flatMap(({ finding }) => (finding === null ? [] : [finding]));
  const brokers = answers.find(({ brokers }) => brokers !== null)?.brokers ?? null;
  if (brokers === null) return { findings, isConnected: false };
  const advertised = await Promise.all(brokers.map((node) => reach(options, node, servers)));
  return {
    findings: [...findings, ...advertised.filter((finding) => finding !== null)],
    isConnected: true,
  };
}

async function ask(
  options: ClientOptions,
  server: string,
): Promise<{ brokers: readonly Node[] | null; finding: Finding | null }> {
  const client = createClient({ ...options, bootstrapServers: server });
  try {
    const { brokers } = await client.admin().describeCluster();
    return { brokers, finding: null };
  } catch (error) {
    const { message } = error as KafkaClientError;
    const finding: Finding = {
      severity: 'error',
      area: 'connection',
      subject: server,
      finding: message,
      advice: adviceOf(message),
    };
    return { brokers: null, finding };
  } finally {
    await client.close();
  }
}

/** What the words of the failure, Node's among them, mean to somebody who waits for a broker. */
export function adviceOf(message: string): string {
  if (/ENOTFOUND|EAI_AGAIN|name/i.test(message)) {
    return 'check the name of the host, and that this machine can resolve it';
  }
  if (/ECONNREFUSED|refuse/i.test(message)) {
    return 'see whether a broker runs there and listens on this port and address';
  }
  if (/certificate|TLS|SSL/i.test(message)) {
    return 'see which security.protocol the listener has, and which authority signed its certificate';
  }
  if (/SASL|authenticat/i.test(message)) return 'check sasl.mechanism, name and password';
  return 'see whether a firewall stands between, and whether the listener speaks plain text, TLS or SASL';
}

const LOOPBACK = /^(localhost|127\.|::1$|0\.0\.0\.0$)/;

/** Clients go where brokers say that they are, not where they began. */
async function reach(
  options: ClientOptions,
  { id, host, port }: Node,
  servers: readonly string[],
): Promise<Finding | null> {
  const address = `${host}:${port}`;
  const client = createClient({ ...options, bootstrapServers: address });
  try {
    await client.admin().describeCluster();
    return null;
  } catch (error) {
    const isElsewhere = servers.every((server) => !LOOPBACK.test(server));
    const advice =
      LOOPBACK.test(host) && isElsewhere
        ? 'set advertised.listeners to a name that clients can reach: with this one they come to themselves'
        : 'set advertised.listeners of the broker to an address that can be reached from here';
    return {
      severity: 'error',
      area: 'connection',
      subject: `broker ${id}`,
      finding: `it advertises ${address}, and nobody answers there: ${(error as Error).message}`,
      advice,
    };
  } finally {
    await client.close();
  }
}
