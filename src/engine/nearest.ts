/** The known word that somebody may have meant who wrote this one; null when none is near. */
export function nearest(word: string, known: readonly string[]): string | null {
  const most = word.length < 5 ? 1 : 2;
  const found = known
    .map((one) => ({ one, distance: distanceOf(word, one, most) }))
    .filter(({ distance }) => distance <= most)
    .sort((a, b) => a.distance - b.distance);
  return found.length === 0 ? null : found[0].one;
}

/** Signs to put in, take out or change to make one word the other; told to be more than `most` as soon as it is. */
function distanceOf(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return most + 1;
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, row[j] + 1, next[j - 1] + 1));
    }
    if (Math.min(...next) > most) return most + 1;
    row = next;
  }
  return row[b.length];
}
