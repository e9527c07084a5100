import type { BrokerConfig } from '@tidelog/metadata';
import { StartupError } from '../startup-error.ts';

/**
 * Refuses a configuration that asks for what is not there: a listener with TLS or SASL must never be
 * served in the open, an authorizer not be passed over in silence, a node not be up for nobody.
 *
 * @throws StartupError that names what cannot be had
 */
export function refuseUnserved(config: BrokerConfig): void {
  if (!config.roles.has('broker')) {
    throw new StartupError(
      'process.roles lacks broker, and controllers cannot be reached alone yet',
    );
  }
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
