import type { BrokerConfig } from '@tidelog/metadata';
import { StartupError } from '../startup-error.ts';

/**
 * Refuses a configuration that asks for protection which is not there: a listener with TLS or SASL must
 * never be served in the open, nor an authorizer be passed over in silence.
 *
 * @throws StartupError that names what cannot be had
 */
export function refuseMissingSecurity(config: BrokerConfig): void {
  for (const { name, protocol } of config.brokerListeners) {
    if (protocol === 'PLAINTEXT') continue;
    throw new StartupError(
      `the listener ${name} asks for ${protocol}, but only PLAINTEXT can be served yet`,
    );
  }
  const authorizer = config.getString('authorizer.class.name') ?? '';
  if (authorizer === '') return;
  throw new StartupError(
    `authorizer.class.name asks for ${authorizer}, but there are no authorizers yet`,
  );
}
