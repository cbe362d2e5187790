import type { Task } from '../../protocol/names.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import {
  type ParsedAnswer,
  parseCategoryVerdicts,
  parseJointVerdicts,
  parseScoreVerdicts,
} from '../domain/parseVerdicts.ts'
import { ScaleWatch } from '../domain/readScore.ts'
import { asksBoth, type ScoreVerdict, type Work } from '../domain/work.ts'
import type { Verdicts } from './askStrategy.ts'

/** `places`: of the items in their group, by their keys. */
type Places = ReadonlyMap<string, number>

/** Reads the answers of a run, and sees by all of them whether a model has the scale that it was given. */
export class AnswerReader {
  readonly #scale = new ScaleWatch()
  /** Numbers came that are none of the scale: it is repeated in every call from then on. */
  repeatsScale = false

  read(work: Work, text: string, places: Places): ParsedVerdicts {
    if (asksBoth(work)) {
      const answer = parseJointVerdicts(text, work, { takesOffScale: this.repeatsScale })
      const scores = answer.ok ? [...answer.verdicts.values()].flatMap(({ scoring }) => scoring ?? []) : []
      const doubtful = this.#doubtfulScore(answer, scores)
      if (!answer.ok) return voidAnswer(answer)
      // With the scale repeated, whoever still uses another one is asked for the scores alone.
      if (doubtful && !this.repeatsScale) return ofAnotherScale(doubtful)
      const verdicts = [...answer.verdicts].map(([key, { categorization, scoring }]) => {
        const isTaken = scoring && !this.#scale.isDoubtful(scoring)
        return [places.get(key) as number, isTaken ? { categorization, scoring } : { categorization }] as const
      })
      return { ok: true, verdicts: new Map(verdicts) }
    }
    if (work.task === 'categorization') return byPlace('categorization', parseCategoryVerdicts(text, work), places)
    const answer = parseScoreVerdicts(text, work)
    const doubtful = this.#doubtfulScore(answer, answer.ok ? [...answer.verdicts.values()] : [])
    return doubtful ? ofAnotherScale(doubtful) : byPlace('scoring', answer, places)
  }

  /** The first that may be of another scale, by all that was seen so far. */
  #doubtfulScore({ problems }: ParsedAnswer<unknown>, scores: readonly ScoreVerdict[]): ScoreVerdict | undefined {
    this.#scale.sawOffScale(problems.flatMap(({ value }) => value ?? []))
    for (const score of scores) this.#scale.sawScores(score)
    return scores.find((score) => this.#scale.isDoubtful(score))
  }

  /** True: the same items are asked about again, with the scale repeated. */
  beginsToRepeatScale(isOffScale: boolean): boolean {
    if (!isOffScale || this.repeatsScale) return false
    this.repeatsScale = true
    return true
  }
}

export type ParsedVerdicts =
  | { ok: true; verdicts: ReadonlyMap<number, Verdicts> }
  | (Omit<Extract<ParsedAnswer<unknown>, { ok: false }>, 'problems'> & { offScale: boolean })

function byPlace<Verdict>(task: Task, answer: ParsedAnswer<Verdict>, places: Places): ParsedVerdicts {
  if (!answer.ok) return voidAnswer(answer)
  const verdicts = [...answer.verdicts].map(
    ([key, verdict]) => [places.get(key) as number, { [task]: verdict }] as const,
  )
  return { ok: true, verdicts: new Map(verdicts) }
}

function voidAnswer(answer: Extract<ParsedAnswer<unknown>, { ok: false }>): ParsedVerdicts {
  return { ...answer, offScale: answer.problems.some(({ code }) => code === 'score_off_scale') }
}

/** The numbers are right for the scale and for another one, and the other one is what the model was seen to use. */
function ofAnotherScale({ interest, quality }: ScoreVerdict): ParsedVerdicts {
  const detail = localizable('interest {0} and quality {1} may be of another scale', interest ?? '', quality ?? '')
  return { ok: false, problem: 'schema', ...withMessage('detail', detail), offScale: true }
}
