import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Usage } from '../../protocol/results.ts'
import type { OutputMode } from '../../protocol/routing.ts'
import { buildPrompt } from '../domain/buildPrompt.ts'
import { drawItemKeys } from '../domain/itemKeys.ts'
import { parseJointVerdicts } from '../domain/parseVerdicts.ts'
import type { CategorizationWork } from '../domain/work.ts'
import { type Asking, type ProbePorts, startAsking } from './probeCalls.ts'
import { type ProbePrompt, probeProfile } from './probeItems.ts'

/** Five are asked by every probe; each size is asked only after the one before it was good. */
const sizes: readonly number[] = [10, 20, 40]
/** Of the largest call: asked about alone, too, and spread over it, since models err more towards an end. */
const singles: readonly number[] = [1, 6, 15, 33]

/** So many calls at most. */
export const mostBatchCalls = singles.length + sizes.length

export interface MeasuredBatch {
  /** The most items of a call that were judged as they are alone. Null: it could not be determined. */
  batch: number | null
  calls: number
  usage: Usage
}

/**
 * How many items one call can judge: those that are asked about alone have to get the same categories in it, no item may be left out, and
 * of all no larger share may be wrong. Asked for by the form of a run that wants both tasks, which is the harder one.
 */
export async function measureBatch(ports: ProbePorts, mode: OutputMode): Promise<Outcome<MeasuredBatch>> {
  const asking = startAsking(ports)
  const alone = new Map<number, string>()
  const found = (batch: number | null): Outcome<MeasuredBatch> => {
    const { calls, usage } = asking.findings()
    return succeed({ batch, calls, usage })
  }
  for (const item of singles) {
    const labels = await ask(asking, [item], mode, ports.drawMark())
    if (!labels.ok) return labels
    const label = labels.value?.get(item)
    // Who cannot answer about one has nothing to compare.
    if (label === undefined) return found(null)
    alone.set(item, label)
  }
  const wrongAlone = shareOfWrong(alone)
  let batch = 5
  for (const size of sizes) {
    const items = Array.from({ length: size }, (_, item) => item)
    const labels = await ask(asking, items, mode, ports.drawMark())
    if (!labels.ok) return labels
    if (labels.value?.size !== size) break
    const agrees = [...alone].every(([item, label]) => item >= size || labels.value?.get(item) === label)
    if (!agrees || shareOfWrong(labels.value) > wrongAlone + tolerance) break
    batch = size
  }
  return found(batch)
}

/** One of twenty may be a matter of taste. */
const tolerance = 0.05

/** By item, its categories on one line; null: the answer cannot be used. Items that were left out are not in it. */
async function ask(
  asking: Asking,
  items: readonly number[],
  mode: OutputMode,
  mark: string,
): Promise<Outcome<Map<number, string> | null>> {
  const prompt = batchPrompt(items, mark)
  const answer = await asking.ask(prompt, mode)
  if (!answer.ok) return answer
  if (answer.value.kind !== 'text') return succeed(null)
  const parsed = parseJointVerdicts(answer.value.text, prompt.work, { takesOffScale: false })
  if (!parsed.ok) return succeed(null)
  const labels = [...parsed.verdicts].flatMap(([key, { categorization, scoring }]) =>
    scoring ? [[keys.indexOf(key), categorization.categories.toSorted().join(', ')] as const] : [],
  )
  return succeed(new Map(labels))
}

/** Made up, with one plain category each; nothing hangs on keys that may be known. */
export function batchPrompt(items: readonly number[], mark: string): ProbePrompt {
  const work: CategorizationWork = {
    task: 'categorization',
    withScores: true,
    items: items.map((item) => ({ key: keys[item] as string, text: textOf(item) })),
    profile: probeProfile(),
  }
  return { ...buildPrompt(work, mark), work }
}

/** The largest that may be sent. */
export const largestBatch = Math.max(...sizes)

const keys = drawItemKeys(largestBatch, () => 0.5)

const fruits = 'cherries plums pears peaches mangos grapes melons lemons figs limes kiwis quinces apricots'.split(' ')
const animals = 'goat cow sheep fox bear rabbit donkey squirrel hedgehog wolf deer badger otter'.split(' ')
const aboutFruit = ['A basket of ripe # stood there.', 'She made jam of #.', 'The # were sweet and cheap.']
const aboutAnimals = ['The # slept under a tree.', 'We saw a # in the woods.', 'A # drank at the pond.']

/** Not in turns: who only goes on as it began is seen. */
function isFruit(item: number): boolean {
  return (item * item + Math.floor(item / 3)) % 3 === 0 || item % 7 === 4
}

function textOf(item: number): string {
  const [names, sentences] = isFruit(item) ? [fruits, aboutFruit] : [animals, aboutAnimals]
  const sentence = sentences[item % sentences.length] as string
  return sentence.replace('#', names[item % names.length] as string)
}

function shareOfWrong(labels: ReadonlyMap<number, string>): number {
  const wrong = [...labels].filter(([item, label]) => label !== (isFruit(item) ? 'Fruit' : 'Animal'))
  return wrong.length / labels.size
}
