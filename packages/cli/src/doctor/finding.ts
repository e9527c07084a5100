/** Something that is wrong, or may be, and what to do about it. */
export interface Finding {
  readonly severity: 'error' | 'warning' | 'info';
  readonly area: 'connection' | 'cluster' | 'topic' | 'group' | 'transaction' | 'disk' | 'config';
  readonly subject: string;
  readonly finding: string;
  readonly advice: string;
}

const ranks = { error: 0, warning: 1, info: 2 };

/** The worst first. */
export function sorted(findings: readonly Finding[]): Finding[] {
  return findings.toSorted((a, b) => ranks[a.severity] - ranks[b.severity]);
}

/** `a, b and 3 more`: a person reads a few names. */
export function named(subjects: readonly string[], limit = 5): string {
  const shown = subjects.slice(0, limit).join(', ');
  return subjects.length > limit ? `${shown} and ${subjects.length - limit} more` : shown;
}
