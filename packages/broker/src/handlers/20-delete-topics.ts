import { forward } from './forward.ts';

/** Versions 1 to 6, by name or (v6) by id; the logs are renamed at once and removed later. */
export const deleteTopics = forward('DeleteTopics');
