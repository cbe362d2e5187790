import * as l10n from '@vscode/l10n'
import { useEffect, useId, useState } from 'preact/hooks'
import type { BuildPlan, BuiltKnowledgeBase, KnowledgeBase } from '../../../protocol/knowledgeBases.ts'
import { assertNever } from '../../../protocol/names.ts'
import type { Reason } from '../../../protocol/reasons.ts'
import { ConfirmDialog } from '../../parts/confirmDialog.tsx'
import { describeReason, formatNumber, formatUsd, plural, reasonAction } from '../../parts/language.ts'
import { LoadingNote, Notice, ReasonNotice } from '../../parts/notice.tsx'
import { useBuild, usePage } from '../../state/pageContext.ts'
import { Button } from '../../toolkit.tsx'

type State =
  | { kind: 'idle' }
  | { kind: 'planning' }
  | { kind: 'asking'; plan: BuildPlan }
  | { kind: 'askingAnew' }
  | { kind: 'failed'; reason: Reason }

/** What another place wants of a base: that it is built, or that all of its vectors are made anew. */
export type WantedBuild = 'build' | 'anew'

interface BuildActionProps {
  base: KnowledgeBase
  /** Null: nothing. */
  wanted: WantedBuild | null
  onBegun(): void
}

/** Builds, after saying what is sent to whom, and what it costs; where nothing is sent, at once. */
export function BuildAction({ base, wanted, onBegun }: BuildActionProps) {
  const { name, embed, builtAt } = base
  const { host, builds, announce } = usePage()
  const build = useBuild(name)
  const [state, setState] = useState<State>({ kind: 'idle' })
  const run = async () => {
    setState({ kind: 'idle' })
    const built = await builds.start(name)
    announce(built.ok ? describeBuilt(built.value) : describeReason(built.reason))
  }
  const plan = async () => {
    builds.dismiss(name)
    setState({ kind: 'planning' })
    const planned = await host.request('kb/planBuild', { name })
    if (!planned.ok) return setState({ kind: 'failed', reason: planned.reason })
    if (planned.value.missing === 0) await run()
    else setState({ kind: 'asking', plan: planned.value })
  }
  /** The model makes other vectors now: those that are there are worth nothing beside them. */
  const buildAnew = async () => {
    const set = await host.request('kb/setEmbedding', { name, embed, confirm: true })
    if (set.ok) await plan()
    else setState({ kind: 'failed', reason: set.reason })
  }
  useEffect(() => {
    if (wanted === null) return
    onBegun()
    if (wanted === 'anew') setState({ kind: 'askingAnew' })
    else void plan()
  }, [wanted])
  const isBusy = build?.kind === 'running' || state.kind === 'planning'
  const isNew = builtAt === null
  const label = isNew ? l10n.t('Build {0}', name) : l10n.t('Update {0}', name)
  return (
    <>
      <Button look="primary" onClick={() => void plan()} disabled={isBusy} label={label}>
        {isNew ? l10n.t('Build …') : l10n.t('Update …')}
      </Button>
      {state.kind === 'planning' ? <LoadingNote>{l10n.t('Reading its sources …')}</LoadingNote> : null}
      {state.kind === 'failed' ? <ReasonNotice reason={state.reason} /> : null}
      {state.kind === 'asking' ? (
        <ConfirmDialog
          question={l10n.t('Build the knowledge base "{0}"?', name)}
          confirm={l10n.t('Build')}
          onConfirm={() => void run()}
          onCancel={() => setState({ kind: 'idle' })}
        >
          <PlanText plan={state.plan} />
        </ConfirmDialog>
      ) : null}
      {state.kind === 'askingAnew' ? (
        <AskedAnew base={base} onConfirm={() => void buildAnew()} onCancel={() => setState({ kind: 'idle' })} />
      ) : null}
      {build ? <BuildState name={name} onAnew={() => setState({ kind: 'askingAnew' })} /> : null}
    </>
  )
}

interface AskedAnewProps {
  base: KnowledgeBase
  onConfirm(): void
  onCancel(): void
}

function AskedAnew({ base: { name, embed, chunks }, ...then }: AskedAnewProps) {
  return (
    <ConfirmDialog
      question={l10n.t('Build "{0}" anew with {1}?', name, embed.model)}
      confirm={l10n.t('Delete the vectors')}
      {...then}
    >
      <p>{describeLostVectors(chunks)}</p>
    </ConfirmDialog>
  )
}

export function describeLostVectors(chunks: number): string {
  if (chunks === 0) return l10n.t('It has no vectors yet.')
  return plural(
    chunks,
    'The vectors of {0} chunk are deleted, since another model cannot use them. Building it again is paid again.',
    'The vectors of {0} chunks are deleted, since another model cannot use them. Building it again is paid again.',
  )
}

function BuildState({ name, onAnew }: { name: string; onAnew(): void }) {
  const build = useBuild(name)
  const { builds } = usePage()
  switch (build?.kind) {
    case undefined:
      return null
    case 'running':
      return <Progress name={name} />
    case 'failed': {
      const { reason } = build
      if (reason.code !== 'vectors_changed') return <ReasonNotice reason={reason} />
      return (
        <Notice look="error" actions={<Button onClick={onAnew}>{reasonAction(reason)}</Button>}>
          {describeReason(reason)}
        </Notice>
      )
    }
    case 'done':
      return (
        <Notice
          look={build.built.unreadable.length > 0 ? 'warning' : 'pass'}
          actions={<Button onClick={() => builds.dismiss(name)}>{l10n.t('Dismiss')}</Button>}
        >
          {describeBuilt(build.built)}
          <Unreadable places={build.built.unreadable} />
        </Notice>
      )
    default:
      return assertNever(build)
  }
}

function Progress({ name }: { name: string }) {
  const id = useId()
  const build = useBuild(name)
  const { builds } = usePage()
  if (build?.kind !== 'running') return null
  const { progress } = build
  return (
    <div class="knowledge-progress">
      <p class="facts" id={id}>
        {progress === null
          ? l10n.t('Reading its sources …')
          : l10n.t('{0} of {1} texts embedded', formatNumber(progress.embedded), formatNumber(progress.missing))}
      </p>
      <progress aria-labelledby={id} {...(progress ? { value: progress.embedded, max: progress.missing } : {})} />
      {build.isOurs ? (
        <Button onClick={() => builds.stop(name)} label={l10n.t('Stop building {0}', name)}>
          {l10n.t('Stop')}
        </Button>
      ) : null}
    </div>
  )
}

function PlanText({ plan }: { plan: BuildPlan }) {
  const { provider, model, endpoint, missing, inputTokens, costUsd, chunks } = plan
  const texts = plural(missing, '{0} text', '{0} texts')
  const to =
    endpoint === null ? l10n.t('{0} / {1}', provider, model) : l10n.t('{0} / {1} at {2}', provider, model, endpoint)
  return (
    <>
      <p>{l10n.t('{0}, about {1} tokens, go to {2}.', texts, formatNumber(inputTokens), to)}</p>
      <p>
        {costUsd === null ? l10n.t('The price is not known.') : l10n.t('It costs about {0}.', formatUsd(costUsd))}
        {chunks > missing
          ? ` ${plural(chunks - missing, '{0} chunk has its vector already.', '{0} chunks have their vectors already.')}`
          : ''}
      </p>
      <Unreadable places={plan.unreadable} />
    </>
  )
}

function Unreadable({ places }: { places: BuildPlan['unreadable'] }) {
  if (places.length === 0) return null
  return (
    <details>
      <summary>{plural(places.length, '{0} place is not read', '{0} places are not read')}</summary>
      <ul>
        {places.map(({ place, message }) => (
          <li key={`${place} ${message}`}>{message}</li>
        ))}
      </ul>
    </details>
  )
}

function describeBuilt({ base, embedded, reused, costUsd }: BuiltKnowledgeBase): string {
  const cost = costUsd === null ? l10n.t('price unknown') : formatUsd(costUsd)
  return l10n.t(
    'Built {0}: {1}, {2} embedded now, {3} had their vectors, {4}.',
    base.name,
    plural(base.chunks, '{0} chunk', '{0} chunks'),
    formatNumber(embedded),
    formatNumber(reused),
    cost,
  )
}
