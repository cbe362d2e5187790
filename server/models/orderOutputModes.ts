import type { ProbeFindings } from '../../protocol/models.ts'
import type { OutputMode, RouteOptions } from '../../protocol/routing.ts'

/**
 * How answers are asked for, best first: as it was measured. What was not measured keeps its place after that; what was measured
 * and refused is not tried again. With thinking other than by default, a schema counts as far as it was kept with that.
 */
export function orderOutputModes(
  offered: readonly OutputMode[],
  findings: Pick<ProbeFindings, 'outputModes' | 'schema' | 'schemaWithThinking' | 'schemaWithoutThinking'> | null,
  thinking: RouteOptions['thinking'],
): readonly OutputMode[] {
  if (findings === null) return offered
  const measured = findings.outputModes.filter((mode) => offered.includes(mode))
  if (measured.length === 0) return offered
  const isKept = keepsSchema(findings, thinking)
  if (isKept === findings.schema || isKept === null) return measured
  const [strict, loose] = [measured.filter(isStrict), measured.filter((mode) => !isStrict(mode))]
  return isKept ? [...strict, ...loose] : [...loose, ...strict]
}

function keepsSchema(
  findings: Pick<ProbeFindings, 'schema' | 'schemaWithThinking' | 'schemaWithoutThinking'>,
  thinking: RouteOptions['thinking'],
): boolean | null {
  if (thinking === undefined) return findings.schema
  return thinking === false ? findings.schemaWithoutThinking : findings.schemaWithThinking
}

/** A mode that is meant to make an answer outside the schema impossible. */
export function isStrict(mode: OutputMode): boolean {
  return mode === 'schema' || mode === 'tool'
}
