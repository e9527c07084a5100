/** The metadata quorum has other members, and this node has no way to them: its image would never be complete. */
export class QuorumUnreachableError extends Error {
  constructor() {
    super(
      'the metadata quorum is elsewhere, or has other members, and nodes cannot reach each other yet: ' +
        'a node has to be broker, controller and the only voter in one',
    );
    this.name = 'QuorumUnreachableError';
  }
}
