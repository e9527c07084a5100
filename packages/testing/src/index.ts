export { startBroker, type StartBrokerOptions, type TestBroker } from './start-broker.ts';
