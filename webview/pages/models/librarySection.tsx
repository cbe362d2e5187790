import * as l10n from '@vscode/l10n'
import { useId, useState } from 'preact/hooks'
import * as z from 'zod'
import type { PullProgress } from '../../../protocol/models.ts'
import { assertNever } from '../../../protocol/names.ts'
import { describeReason, formatBytes } from '../../parts/language.ts'
import { Notice, ReasonNotice } from '../../parts/notice.tsx'
import { usePage, usePulls } from '../../state/pageContext.ts'
import { usePersistedState } from '../../state/persistedState.ts'
import type { Pull } from '../../state/pulls.ts'
import { Button, Dropdown, TextField } from '../../toolkit.tsx'

const Choice = z.object({ provider: z.string().max(63), model: z.string().max(256) })
type Choice = z.infer<typeof Choice>

/** Brings models to the machines of providers that have a library; what is on its way is shown layer by layer. */
export function LibrarySection({ providers }: { providers: readonly string[] }) {
  const id = useId()
  const { all } = usePulls()
  const [choice, setChoice] = usePersistedState<Choice>('models.pull', Choice, { provider: '', model: '' })
  const start = useStart()
  const provider = providers.find((name) => name === choice.provider) ?? providers[0]
  const model = choice.model.trim()
  if (provider === undefined) return null
  const isUnderWay = all.some(
    (pull) => pull.provider === provider && pull.model === model && pull.state.kind === 'running',
  )
  return (
    <section class="library" aria-label={l10n.t('Library')}>
      <div class="toolbar">
        {providers.length > 1 ? (
          <Dropdown
            id={`${id}-provider`}
            label={l10n.t('Machine')}
            value={provider}
            options={providers.map((name) => ({ value: name, label: name }))}
            onInput={(chosen) => setChoice({ ...choice, provider: chosen })}
          />
        ) : null}
        <TextField
          id={`${id}-model`}
          label={l10n.t('Pull a model to {0}', provider)}
          value={choice.model}
          onInput={(typed) => setChoice({ provider, model: typed })}
          placeholder={l10n.t('Name in the library')}
          mostCharacters={256}
        />
        <Button
          onClick={() => {
            setChoice({ provider, model: '' })
            void start({ provider, model })
          }}
          disabled={model === '' || isUnderWay}
        >
          {l10n.t('Pull')}
        </Button>
      </div>
      {all.length > 0 ? (
        <ul class="rows" aria-label={l10n.t('Pulls')}>
          {all.map((pull) => (
            <PullRow key={`${pull.provider}/${pull.model}`} pull={pull} />
          ))}
        </ul>
      ) : null}
    </section>
  )
}

/** Starts a pull or resumes it, and announces how it ended. */
function useStart() {
  const { pulls } = usePulls()
  const { announce } = usePage()
  return async (wanted: { provider: string; model: string }) => {
    announce(l10n.t('Pulling {0}.', wanted.model))
    const ended = await pulls.start(wanted)
    if (ended.kind === 'done') announce(l10n.t('{0} now has the model {1}.', wanted.provider, wanted.model))
    if (ended.kind === 'failed') announce(describeReason(ended.reason))
  }
}

function PullRow({ pull }: { pull: Pull }) {
  const { pulls } = usePulls()
  const { provider, model, state } = pull
  const start = useStart()
  const dismiss = (
    <Button onClick={() => pulls.dismiss(pull)} label={l10n.t('Dismiss {0}', model)}>
      {l10n.t('Dismiss')}
    </Button>
  )
  const resume = (
    <Button onClick={() => void start(pull)} label={l10n.t('Resume the pull of {0}', model)}>
      {l10n.t('Resume')}
    </Button>
  )
  return (
    <li class="row" aria-label={l10n.t('Pull of {0}', model)}>
      <div class="row-head">
        <strong>{model}</strong>
        <span class="kind">{provider}</span>
      </div>
      <PullBody state={state} model={model} provider={provider} />
      <div class="actions">
        {state.kind === 'running' ? (
          <Button onClick={() => pulls.cancel(pull)} label={l10n.t('Cancel the pull of {0}', model)}>
            {l10n.t('Cancel')}
          </Button>
        ) : null}
        {state.kind === 'stopped' || state.kind === 'failed' ? resume : null}
        {state.kind === 'running' ? null : dismiss}
      </div>
    </li>
  )
}

function PullBody({ state, model, provider }: Pull) {
  switch (state.kind) {
    case 'running':
      return <Progress progress={state.progress} model={model} />
    case 'stopped':
      return <p class="facts">{l10n.t('Stopped. Resuming continues from there.')}</p>
    case 'failed':
      return <ReasonNotice reason={state.reason} />
    case 'done':
      return <Notice look="pass">{l10n.t('{0} now has the model {1}.', provider, model)}</Notice>
    default:
      return assertNever(state)
  }
}

/** The whole as a bar, and each of its layers below, on request. */
function Progress({ progress, model }: { progress: PullProgress | null; model: string }) {
  const [isOpen, setOpen] = useState(false)
  const { completedBytes, totalBytes, status, layers } = progress ?? {
    completedBytes: null,
    totalBytes: null,
    status: l10n.t('Requesting …'),
    layers: [],
  }
  return (
    <>
      <progress
        aria-label={l10n.t('Progress of the pull of {0}', model)}
        {...(completedBytes !== null && totalBytes ? { value: completedBytes, max: totalBytes } : {})}
      />
      <p class="facts">
        {completedBytes !== null && totalBytes
          ? l10n.t(
              '{0} of {1} ({2} %)',
              formatBytes(completedBytes),
              formatBytes(totalBytes),
              Math.floor((100 * completedBytes) / totalBytes),
            )
          : status}
      </p>
      {layers.length > 0 ? (
        <details class="layers" open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
          <summary>{l10n.t('Layers: {0}', layers.length)}</summary>
          <ul>
            {layers.map((layer) => (
              <li key={layer.digest}>
                <code>{layer.digest.replace(/^sha256:/, '').slice(0, 12)}</code>{' '}
                {l10n.t('{0} of {1}', formatBytes(layer.completedBytes), formatBytes(layer.totalBytes))}
              </li>
            ))}
          </ul>
        </details>
      ) : null}
    </>
  )
}
