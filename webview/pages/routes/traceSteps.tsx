import * as l10n from '@vscode/l10n'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Task } from '../../../protocol/names.ts'
import { reasonCodes } from '../../../protocol/reasons.ts'
import type { Resolution, TraceStep } from '../../../protocol/routing.ts'
import { Icon } from '../../parts/icon.tsx'
import { describeStep, stepTitle, taskTitle } from '../../parts/language.ts'
import { usePage } from '../../state/pageContext.ts'

export interface TraceStepsProps {
  task: Task
  /** Another one each time that something may have changed: it is resolved again. */
  asOf: unknown
  /** A command wants to see them; a new object each time. */
  wanted: object | null
}

/** How the saved route is decided, step by step. */
export function TraceSteps({ task, asOf, wanted }: TraceStepsProps) {
  const { host } = usePage()
  const [resolution, setResolution] = useState<Resolution | null>(null)
  useEffect(() => {
    let isCurrent = true
    // A resolution that fails has a trace as well, and that is the one that people look for.
    void host.request('route/resolve', { task }).then((found) => {
      if (isCurrent && 'trace' in found) setResolution(found)
    })
    return () => {
      isCurrent = false
    }
  }, [host, task, asOf])
  const steps = useRef<HTMLDetailsElement>(null)
  const isThere = resolution !== null
  useEffect(() => {
    if (!wanted || !steps.current) return
    steps.current.open = true
    steps.current.querySelector('summary')?.focus()
  }, [wanted, isThere])
  if (!resolution) return null
  // With a fallback there are the steps of both.
  const hasTwo = new Set(resolution.trace.map(({ provider }) => provider)).size > 1
  return (
    <details class="advanced" ref={steps}>
      <summary>{l10n.t('How {0} is decided', taskTitle(task))}</summary>
      <ol class="trace" aria-label={l10n.t('Steps of {0}', taskTitle(task))}>
        {resolution.trace.map((step, index) => (
          <Step key={`${index} ${step.step}`} step={step} showsProvider={hasTwo} />
        ))}
      </ol>
      <p class="field-hint">
        {l10n.t(
          'Checked in this order; the first failure decides. Based on the last checks, without asking a provider.',
        )}
      </p>
    </details>
  )
}

function Step({ step, showsProvider }: { step: TraceStep; showsProvider: boolean }) {
  return (
    <li class="row-head">
      <span class="state">
        <Icon name={step.passed ? 'pass' : 'error'} />{' '}
        <span>
          <strong>{stepTitle(step.step)}</strong>{' '}
          {step.passed ? <span class="unseen">({l10n.t('passed')})</span> : `(${l10n.t('failed')})`}
        </span>
      </span>
      <span class="facts">
        {showsProvider && step.provider ? `${step.provider}: ` : ''}
        {stepDetail(step)}
      </span>
    </li>
  )
}

/** A trace names the reason's code before its sentence: people read the sentence. */
function stepDetail(step: TraceStep): string {
  const detail = describeStep(step)
  const code = reasonCodes.find((candidate) => detail.startsWith(`${candidate}: `))
  return code ? detail.slice(code.length + 2) : detail
}
