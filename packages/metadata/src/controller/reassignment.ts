/** The lists of a partition that move its replicas from some brokers to others. */
export interface ReassignmentLists {
  readonly isr: readonly number[];
  /** The brokers that it will have, and those that it still has. */
  readonly replicas: readonly number[];
  readonly removing: readonly number[];
  readonly adding: readonly number[];
}

/** The partition's replicas when a reassignment can end now: all the new ones are in sync. */
export function completedReassignment({
  isr,
  replicas,
  removing,
  adding,
}: ReassignmentLists): { isr: number[]; replicas: number[] } | undefined {
  if (removing.length === 0 && adding.length === 0) return undefined;
  const stays = (id: number): boolean => !removing.includes(id);
  const [newIsr, newReplicas] = [isr.filter(stays), replicas.filter(stays)];
  if (removing.length > 0 && (newIsr.length === 0 || newReplicas.length === 0)) return undefined;
  const inSync = (ids: readonly number[]): boolean => ids.every((id) => newIsr.includes(id));
  if (!inSync(adding)) return undefined;
  // With fewer replicas than before, ending early would shrink the ISR more than is asked for.
  if (adding.length < removing.length && !inSync(newReplicas)) return undefined;
  return { isr: newIsr, replicas: newReplicas };
}

/** How to come from the current replicas to the target ones: new replicas join before old ones go. */
export function reassignmentTo(
  target: readonly number[],
  current: readonly number[],
): { replicas: number[]; removing: number[]; adding: number[] } {
  const ascending = (a: number, b: number): number => a - b;
  const removing = current.filter((id) => !target.includes(id)).sort(ascending);
  const adding = target.filter((id) => !current.includes(id)).sort(ascending);
  return { replicas: [...target, ...removing], removing, adding };
}
