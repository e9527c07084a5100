import { describe, expect, it } from 'vitest';
import { testConfig } from '../testing/test-cluster.ts';
import { raftConfig } from './quorum-config.ts';

const ids = { clusterId: 'cluster', directoryId: 'kmQWCgzkRBKIog9cH8kOmg' };

describe('the settings of consensus', () => {
  it('are those of the node', () => {
    const config = testConfig({ 'controller.quorum.fetch.timeout.ms': '1234' });
    expect(raftConfig(config, ids)).toMatchObject({
      clusterId: 'cluster',
      node: { id: 1, directoryId: ids.directoryId },
      listenerName: 'CONTROLLER',
      listeners: [{ name: 'CONTROLLER', host: 'localhost', port: 9093 }],
      staticVoters: [],
      bootstrapServers: [{ id: -2, host: 'localhost', port: 9093 }],
      canBecomeVoter: true,
      timeouts: { fetchMs: 1234 },
    });
  });

  it('name static voters by their addresses', () => {
    const config = testConfig({
      'controller.quorum.bootstrap.servers': '',
      'controller.quorum.voters': '1@localhost:9093,2@[::1]:9094',
    });
    expect(raftConfig(config, ids)).toMatchObject({
      bootstrapServers: [],
      staticVoters: [
        { id: 1, directoryId: null, endpoints: [{ host: 'localhost', port: 9093 }] },
        { id: 2, endpoints: [{ name: 'CONTROLLER', host: '::1', port: 9094 }] },
      ],
    });
  });
});
