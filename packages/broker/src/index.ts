export { Broker, type BrokerOptions } from './broker.ts';
export { defaultProperties, type DefaultOptions } from './config/default-properties.ts';
export { formatStorage } from './lifecycle/format.ts';
export type { ServeLog } from './serve.ts';
export { StartupError } from './startup-error.ts';
