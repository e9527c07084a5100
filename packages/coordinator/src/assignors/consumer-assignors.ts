import type { Assignor } from './assignor.ts';
import { rangeAssignor } from './range.ts';
import { uniformAssignor } from './uniform.ts';

const builtIn = [uniformAssignor, rangeAssignor];
/** The classes that Apache Kafka's configuration may name instead. */
const JAVA_PACKAGE = 'org.apache.kafka.coordinator.group.assignor.';

/**
 * The assignors of consumer groups by name, the default first (`group.consumer.assignors`). What we do
 * not have is left out; there is always one.
 */
export function consumerAssignors(names: readonly string[]): ReadonlyMap<string, Assignor> {
  const found = names.flatMap((name) => builtIn.filter((assignor) => isNamed(assignor, name)));
  const assignors = found.length > 0 ? found : builtIn;
  return new Map(assignors.map((assignor) => [assignor.name, assignor]));
}

function isNamed({ name }: Assignor, configured: string): boolean {
  if (configured === name) return true;
  return configured.toLowerCase() === `${JAVA_PACKAGE}${name}assignor`.toLowerCase();
}
