import type { SaslOptions } from '../index.ts';
import { KafkaJSNotImplemented } from './errors.ts';

/** As kafkajs writes it: mechanisms in small letters, in capitals too. */
export type SASLOptions =
  | {
      readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
      readonly username: string;
      readonly password: string;
    }
  | {
      readonly mechanism: 'oauthbearer';
      readonly oauthBearerProvider: () => Promise<{ readonly value: string }>;
    };

export function saslOptions(options: SASLOptions): SaslOptions {
  const mechanism = options.mechanism.toUpperCase();
  if ('oauthBearerProvider' in options) {
    return { mechanism: 'OAUTHBEARER', token: options.oauthBearerProvider };
  }
  if (mechanism === 'PLAIN' || mechanism === 'SCRAM-SHA-256' || mechanism === 'SCRAM-SHA-512') {
    return { mechanism, username: options.username, password: options.password };
  }
  throw new KafkaJSNotImplemented(
    `SASL ${mechanism} is not there: use plain, scram-sha-256, scram-sha-512 or oauthbearer`,
  );
}
