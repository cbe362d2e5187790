import type { EvaluationSummary } from '../../protocol/evaluation.ts'
import type { Colours } from '../terminal/colours.ts'
import { type Column, renderTable } from '../terminal/table.ts'
import type { Sink } from '../terminal/terminal.ts'
import { candidateName } from './evaluationText.ts'

/** A line a candidate; what is said of the whole evaluation stands in its first one. */
export function evaluationsText(sink: Sink, evaluations: readonly EvaluationSummary[]): string {
  if (evaluations.length === 0) return 'There are no evaluations yet.'
  const rows = evaluations.flatMap((evaluation) =>
    evaluation.candidates.map((candidate, place) => ({ candidate, of: place === 0 ? evaluation : null })),
  )
  return renderTable(sink, columns, rows)
}

interface Row {
  candidate: EvaluationSummary['candidates'][number]
  of: EvaluationSummary | null
}

const columns: Column<Row>[] = [
  { heading: 'evaluation', text: ({ of }) => of?.id ?? '' },
  { heading: 'state', text: ({ of }) => of?.state ?? '', paint: paintState },
  { heading: 'labels', text: ({ of }) => of?.golden.used.toLocaleString('en-US') ?? '', align: 'right' },
  { heading: 'candidate', text: ({ candidate }) => candidateName(candidate), most: 48 },
  { heading: 'accuracy', text: ({ candidate }) => figure(candidate.accuracy), align: 'right' },
  { heading: 'kappa', text: ({ candidate }) => figure(candidate.kappa), align: 'right' },
  { heading: 'error', text: ({ candidate }) => figure(candidate.scoreError), align: 'right' },
]

function figure(value: number | null): string {
  return value === null ? '–' : value.toFixed(2)
}

function paintState(text: string, { of }: Row, colours: Colours): string {
  if (of === null || of.state === 'running') return text
  return of.state === 'completed' ? colours.good(text) : colours.careful(text)
}
