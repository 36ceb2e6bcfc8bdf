// Makes a name for a container that was given none, in Docker's manner: two words and an underscore.
import { randomInt } from 'node:crypto';
import { ADJECTIVES, BIRDS } from '#src/containers/name-words.ts';

/** "serene_wren"; from the second attempt on with a number behind it, so that a crowded account still finds a free name. */
export function randomName(attempt: number): string {
  const words = `${ADJECTIVES[randomInt(ADJECTIVES.length)]}_${BIRDS[randomInt(BIRDS.length)]}`;
  return attempt === 0 ? words : `${words}${randomInt(10 ** attempt)}`;
}
