/** The numbers of the CPUs in a heading `CPU0 CPU1 CPU3`: those that are offline may have no column. */
export function cpuColumns(heading: string): number[] {
  return [...heading.matchAll(/\bCPU([0-9]+)/g)].map(([, cpu]) => Number(cpu));
}
