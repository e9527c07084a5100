import {
  BrokerConfig,
  formatDirectories,
  loadDirectories,
  openClusterMetadata,
  staticLayers,
} from '@tidelog/metadata';
import { defaultProperties } from '@tidelog/broker';
import type { Disk, Platform } from '@tidelog/platform';
import { describe, expect, it } from 'vitest';
import { ignoreCrash } from '../world/failures.ts';
import { SeededRandom } from '../world/seeded-random.ts';
import { World } from '../world/world.ts';

const properties = defaultProperties({ port: 9092, dataDirectory: '/data' });
const loaded = BrokerConfig.load(staticLayers(new Map(properties)));
if ('problems' in loaded) throw new Error(loaded.problems.join());
const { config } = loaded;

function format(disk: Disk): void {
  const formatted = formatDirectories({ disk, random: new SeededRandom(1), now: 1, config });
  expect(formatted).toMatchObject({ clusterId: expect.any(String) });
}

/** Reads all that a start reads: ids, voters and the records that the log begins with. */
async function start(world: World, platform: Platform): Promise<void> {
  const found = loadDirectories(config, platform);
  if ('problem' in found) throw new Error(found.problem);
  const { clusterId, directoryIds } = found;
  const directoryId = directoryIds.get('/data')!;
  const onFailure = (error: Error) => expect.unreachable(error.message);
  const opening = openClusterMetadata({ platform, config, clusterId, directoryId, onFailure });
  const metadata = await world.settle(opening);
  expect(metadata.image.features.levels.size).toBeGreaterThan(3);
}

describe('a format that a crash cuts off', () => {
  const whole = new World(1).machine('a').boot().disk;
  format(whole);

  it.each(Array.from({ length: whole.operationCount }, (_, i) => i + 1))(
    'at its operation %i is done again, or was whole',
    async (operation) => {
      for (let seed = 0; seed < 20; seed++) {
        const world = new World(seed);
        const machine = world.machine('a');
        const { disk } = machine.boot();
        disk.crashAtOperation(operation);
        try {
          format(disk);
        } catch (error) {
          ignoreCrash(error);
        }
        const platform = machine.boot();
        format(platform.disk);
        await start(world, platform);
      }
    },
  );
});
