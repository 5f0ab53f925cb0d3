/** A warning as a line of stderr. */
export function warningLine(sentence: string): string {
  return `warning: ${sentence}\n`;
}
