import type { Profile } from '../protocol/profile.ts'
import { probableCategories, type ResultRecord } from '../protocol/results.ts'
import { criteriaCell } from './criteriaText.ts'
import { evidenceParts } from './describe/evidence.ts'
import { english } from './language.ts'

/**
 * Results as a table for spreadsheets: the same in a results file and on a terminal's standard output. A new column comes last, where it
 * moves none that somebody refers to.
 */
export const csvColumns = [
  'id',
  'status',
  'categories',
  'confidence',
  'interest',
  'quality',
  'score',
  'blocked_by',
  'reasoning',
  'suggested_names',
  'suggested_parent',
  'error_code',
  'error_message',
  'categorized_by',
  'scored_by',
  'input_hash',
  'run_id',
  'human_categories',
  'human_interest',
  'human_quality',
  'human_score',
  'source',
  'preview',
  'probabilities',
] as const

/** Behind the others, in tables of runs whose profile has criteria of its own. */
const criteriaColumns = ['criteria', 'human_criteria'] as const

/** The confidence as labels correct it; empty: none were fitted for who was asked. */
const lastColumns = ['calibrated'] as const

/** Behind all, in tables of runs whose profile asks for quotes. */
const evidenceColumns = ['evidence'] as const

type CsvColumn =
  | (typeof csvColumns)[number]
  | (typeof criteriaColumns)[number]
  | (typeof lastColumns)[number]
  | (typeof evidenceColumns)[number]

/** What a run's table has besides what all have. */
export interface CsvShape {
  /** Its profile has criteria of its own. */
  hasCriteria: boolean
  /** Its profile asks for quotes. */
  hasEvidence: boolean
}

const plainShape: CsvShape = { hasCriteria: false, hasEvidence: false }

/** Of a run or profile. */
export function csvShapeOf({ criteria, category_choice }: Pick<Profile, 'criteria' | 'category_choice'>): CsvShape {
  const hasEvidence = category_choice?.evidence === true || (criteria ?? []).some(({ evidence }) => evidence === true)
  return { hasCriteria: criteria !== undefined, hasEvidence }
}

function columnsOf({ hasCriteria, hasEvidence }: CsvShape): readonly CsvColumn[] {
  return [
    ...csvColumns,
    ...(hasCriteria ? criteriaColumns : []),
    ...lastColumns,
    ...(hasEvidence ? evidenceColumns : []),
  ]
}

export function csvHeaderOf(shape: CsvShape): string {
  return columnsOf(shape).join(',')
}

/** What the tables of all versions begin with. */
export const csvStart = 'id,status,categories,confidence,interest,quality,score,blocked_by,reasoning,'

/** What a person said where nothing fits: an empty cell would say that nobody said anything. */
export const noCategoryCell = '(no category)'

/** One line of the results table. Lists are joined by "; ". */
export function csvLine(result: ResultRecord, shape: CsvShape = plainShape): string {
  const { receipts, suggested, error, human } = result
  const cells: Record<CsvColumn, string | number | null> = {
    id: result.id,
    status: result.status,
    categories: result.categories?.join('; ') ?? null,
    confidence: result.confidence,
    interest: result.interest,
    quality: result.quality,
    score: result.score,
    blocked_by: result.blockedBy,
    reasoning: result.reasoning,
    suggested_names: suggested?.names.join('; ') ?? null,
    suggested_parent: suggested?.parent ?? null,
    error_code: error?.code ?? null,
    error_message: error?.message ?? null,
    categorized_by: receipts.categorization ? by(receipts.categorization) : null,
    scored_by: receipts.scoring ? by(receipts.scoring) : null,
    input_hash: result.inputHash,
    run_id: result.runId,
    human_categories: human?.categories ? human.categories.join('; ') || noCategoryCell : null,
    human_interest: human?.interest ?? null,
    human_quality: human?.quality ?? null,
    human_score: human?.score ?? null,
    source: result.source ?? null,
    preview: result.preview ?? null,
    probabilities: probabilitiesCell(result) || null,
    criteria: criteriaCell(result.criteria) || null,
    human_criteria: criteriaCell(human?.criteria) || null,
    calibrated: result.calibrated ?? null,
    evidence: evidenceCell(result) || null,
  }
  return columnsOf(shape)
    .map((column) => csvCell(cells[column]))
    .join(',')
}

/** `Bug=0.93; Question=0.05`, the most probable first, in ten-thousandths; JSON Lines has them exactly. */
function probabilitiesCell(result: ResultRecord): string {
  return probableCategories(result)
    .map(([name, share]) => `${name || noCategoryCell}=${Number(share.toFixed(4))}`)
    .join('; ')
}

/** `Categories: words of the item | Severity: others`; what does not stand in the item is left out. */
function evidenceCell({ evidence }: ResultRecord): string {
  return evidenceParts(english, evidence)
    .flatMap(([of, passage]) => (passage === null ? [] : [`${of}: ${passage}`]))
    .join(' | ')
}

function by({ provider, model }: { provider: string; model: string }): string {
  return `${provider}/${model}`
}

const plainNumber = /^-?\d+(\.\d+)?$/
/** What spreadsheets run as a formula (OWASP, CSV injection), full-width forms included. */
const startsFormula = /^[=+\-@\t\r\n\0＝＋－＠]/

/**
 * Where another separator is set than ours, a cell begins behind it, and behind a line end, since the quotation marks around the cell
 * are then in the middle of one.
 */
const startsFormulaWithin = /([;\t\r\n])(?=["']*[=+\-@＝＋－＠])/g
/** They would steer a terminal that the table is printed to. */
const controls = /[^\P{Cc}\t\r\n]/gu

/** A text that a spreadsheet would take for a formula gets a quotation mark before it; a real negative number does not. */
export function csvCell(value: string | number | null): string {
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  const text = value.replace(controls, '\uFFFD').replace(startsFormulaWithin, "$1'")
  const harmless = startsFormula.test(text) && !plainNumber.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}

/** A text as it was before it was made harmless. */
export function csvText(cell: string): string {
  const text = cell.startsWith("'") && startsFormula.test(cell.slice(1)) ? cell.slice(1) : cell
  return text.replace(/([;\t\r\n])'(?=["']*[=+\-@＝＋－＠])/g, '$1')
}
