import { NodeDisk } from '@tidelog/platform';
import { expect, it } from 'vitest';
import { openFilesOf } from './open-files.ts';

it.each([
  [null, 1, 512],
  [1024, 1, 512],
  [20_000, 1, 10_000],
  [20_000, 4, 2500],
  [1_048_576, 1, 16_384],
])('of %s files and connections, %s directories get %s each', (limit, directories, files) => {
  class LimitedDisk extends NodeDisk {
    override openFileLimit(): number | null {
      return limit;
    }
  }
  expect(openFilesOf(new LimitedDisk(), directories)).toBe(files);
});
