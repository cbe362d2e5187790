import * as l10n from '@vscode/l10n'
import { useEffect, useState } from 'preact/hooks'
import * as z from 'zod'
import type { Criterion, CriterionValue, ScoreRange } from '../../../protocol/criteria.ts'
import { assertNever } from '../../../protocol/names.ts'
import type { PageParams, PageResult } from '../../../protocol/page.ts'
import { type Weight, weights } from '../../../protocol/profile.ts'
import { describeScoreIn } from '../../../shared/criteriaText.ts'
import { formatNumber, language } from '../../parts/language.ts'
import { ReasonNotice } from '../../parts/notice.tsx'
import { weightName } from '../../parts/weightName.ts'
import { usePage } from '../../state/pageContext.ts'
import { usePersistedState } from '../../state/persistedState.ts'
import { Dropdown, TextField } from '../../toolkit.tsx'
import { usualScore } from './criteriaDraft.ts'

/** Answers by criterion, as they are typed or chosen; of the usual scoring `interest` and `quality`. */
const Example = z.object({ answers: z.record(z.string(), z.string()), weights: z.array(z.enum(['', ...weights])) })
type Example = z.infer<typeof Example>

/** One category of the usual weight; the second is none. */
const empty: Example = { answers: {}, weights: ['normal', ''] }

/** Interest and quality as if they were criteria: that is how they are typed. */
const usual = (name: string): Criterion => ({ name, question: name, type: 'scale', scale: { from: 0, to: 10 } })

const usualName = (name: string) => (name === 'interest' ? l10n.t('Interest') : l10n.t('Quality'))

interface ScoreCalculatorProps {
  id: string
  criteria: readonly Criterion[] | null
  score: ScoreRange | null
}

/** Answers to try out, and the score that they would give: worked out by the server, as it does with those of a run. */
export function ScoreCalculator({ id, criteria, score }: ScoreCalculatorProps) {
  const [example, setExample] = usePersistedState<Example>('criteria.example', Example, empty)
  const asked = criteria ?? [usual('interest'), usual('quality')]
  const result = useScore(paramsOf(example, criteria, score))
  return (
    <fieldset class="framed-fields">
      <legend class="field-label">{l10n.t('Try it')}</legend>
      <div class="field-pair">
        {asked.map((criterion, index) => (
          <AnswerField
            key={`${index} ${criterion.type}`}
            id={`${id}-${index}`}
            label={criteria ? criterion.name : usualName(criterion.name)}
            criterion={criterion}
            answer={answerIn(example, criterion)}
            onInput={(answer) => setExample({ ...example, answers: { ...example.answers, [criterion.name]: answer } })}
          />
        ))}
        {example.weights.map((weight, index) => (
          <div class="field" key={index}>
            <Dropdown
              id={`${id}-weight-${index}`}
              label={index === 0 ? l10n.t('Weight of its category') : l10n.t('Weight of a second category')}
              value={weight}
              options={[
                { value: '', label: l10n.t('no such category') },
                ...weights.map((each) => ({ value: each, label: weightName(each) })),
              ]}
              onInput={(chosen) =>
                setExample({
                  ...example,
                  weights: example.weights.map((each, at) => (at === index ? (chosen as Weight) : each)),
                })
              }
            />
          </div>
        ))}
      </div>
      <p class="formula" role="status">
        {result.kind === 'there' ? describeResult(result.value, example) : ''}
      </p>
      {/* What is wrong with a criterion is told at its field. */}
      {result.kind === 'failed' && result.reason.code !== 'profile_invalid' ? (
        <ReasonNotice reason={result.reason} />
      ) : null}
    </fieldset>
  )
}

interface AnswerFieldProps {
  id: string
  label: string
  criterion: Criterion
  answer: string
  onInput(answer: string): void
}

function AnswerField({ id, label, criterion, answer, onInput }: AnswerFieldProps) {
  const shared = { id, label, value: answer, onInput }
  switch (criterion.type) {
    case 'scale': {
      const { from, to } = criterion.scale
      const isWrong = numberIn(answer, criterion.scale) === null
      return (
        <div class="field">
          <TextField {...shared} inputMode="numeric" isInvalid={isWrong} describedBy={[`${id}-hint`]} />
          <p class="field-hint" id={`${id}-hint`}>
            {l10n.t('A whole number from {0} to {1}.', formatNumber(from), formatNumber(to))}
          </p>
        </div>
      )
    }
    case 'boolean':
      return (
        <div class="field">
          <Dropdown
            {...shared}
            options={[
              { value: 'yes', label: l10n.t('yes') },
              { value: 'no', label: l10n.t('no') },
            ]}
          />
        </div>
      )
    case 'choice':
      return (
        <div class="field">
          <Dropdown {...shared} options={criterion.choices.map(({ name }) => ({ value: name, label: name }))} />
        </div>
      )
    default:
      return assertNever(criterion)
  }
}

/** What is typed, or what an item could well be: the middle of a scale, yes, or the first choice. */
function answerIn({ answers }: Example, criterion: Criterion): string {
  const typed = Object.hasOwn(answers, criterion.name) ? answers[criterion.name] : undefined
  switch (criterion.type) {
    case 'scale':
      return typed ?? String(Math.round((criterion.scale.from + criterion.scale.to) / 2))
    case 'boolean':
      return typed === 'no' ? 'no' : 'yes'
    case 'choice':
      return criterion.choices.some(({ name }) => name === typed) ? (typed ?? '') : (criterion.choices[0]?.name ?? '')
    default:
      return assertNever(criterion)
  }
}

function numberIn(text: string, { from, to }: { from: number; to: number }): number | null {
  const value = /^-?\d{1,6}$/.test(text.trim()) ? Number(text) : Number.NaN
  return value >= from && value <= to ? value : null
}

/** Null: a number is missing or off its scale. */
function paramsOf(
  example: Example,
  criteria: readonly Criterion[] | null,
  score: ScoreRange | null,
): PageParams<'profile/score'> | null {
  const chosen = example.weights.flatMap((weight) => (weight === '' ? [] : [weight]))
  const answerTo = (criterion: Criterion): CriterionValue | null => {
    const answer = answerIn(example, criterion)
    if (criterion.type === 'scale') return numberIn(answer, criterion.scale)
    return criterion.type === 'boolean' ? answer === 'yes' : answer
  }
  if (!criteria) {
    const [interest, quality] = [answerTo(usual('interest')), answerTo(usual('quality'))]
    if (typeof interest !== 'number' || typeof quality !== 'number') return null
    return { criteria: null, score: null, weights: chosen, values: {}, interest, quality }
  }
  const values = criteria.flatMap((criterion): [string, CriterionValue][] => {
    const value = answerTo(criterion)
    return value === null ? [] : [[criterion.name, value]]
  })
  if (values.length < criteria.length) return null
  return { criteria: [...criteria], score, weights: chosen, values: Object.fromEntries(values) }
}

type Scored = Extract<PageResult<'profile/score'>, { ok: true }>['value']

function describeResult({ score, scoreParts, factor, isBlocked }: Scored, example: Example): string {
  if (isBlocked) return l10n.t('0, as a category is blocked.')
  if (score === null) return l10n.t('No score: no answer counts.')
  if (scoreParts) return describeScoreIn(language, score, scoreParts)
  const figure = (value: number) => formatNumber(value, { most: 2 })
  const whole = formatNumber(score, { least: 1, most: 1 })
  const [interest, quality] = [usual('interest'), usual('quality')].map((each) => answerIn(example, each).trim())
  const made = `${whole} = ${interest} × ${figure(factor)} × (${figure(0.5)} + ${quality} ÷ 20)`
  const uncapped = Number(interest) * factor * (0.5 + Number(quality) / 20)
  return uncapped > usualScore + 0.05 ? l10n.t('{0}, at most {1}', made, figure(usualScore)) : made
}

type ScoreAnswer =
  | { kind: 'none' }
  | { kind: 'there'; value: Scored }
  | { kind: 'failed'; reason: Extract<PageResult<'profile/score'>, { ok: false }>['reason'] }

/** The last score that is known stays while the next is worked out. */
function useScore(params: PageParams<'profile/score'> | null): ScoreAnswer {
  const { host } = usePage()
  const [answer, setAnswer] = useState<ScoreAnswer>({ kind: 'none' })
  const key = JSON.stringify(params)
  useEffect(() => {
    if (params === null) return setAnswer({ kind: 'none' })
    const ending = new AbortController()
    void host.request('profile/score', params, ending.signal).then((scored) => {
      if (ending.signal.aborted) return
      setAnswer(scored.ok ? { kind: 'there', value: scored.value } : { kind: 'failed', reason: scored.reason })
    })
    return () => ending.abort()
  }, [host, key])
  return answer
}
