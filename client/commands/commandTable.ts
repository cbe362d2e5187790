import { commands, type LogOutputChannel, l10n, type Uri } from 'vscode'
import type { EvaluationProgress } from '../../protocol/evaluation.ts'
import type { PullProgress } from '../../protocol/models.ts'
import type { Task } from '../../protocol/names.ts'
import { fieldTarget, newTarget, scanTarget, stepsTarget } from '../../protocol/page.ts'
import type { ProviderView } from '../../protocol/providers.ts'
import { exportAudit } from '../audit/exportAudit.ts'
import type { Api } from '../connection/api.ts'
import type { RunWatch } from '../connection/runWatch.ts'
import type { Secrets } from '../connection/secrets.ts'
import type { ServerLifetime } from '../connection/serverLifetime.ts'
import type { Settings } from '../connection/settings.ts'
import type { Signal } from '../connection/signal.ts'
import type { Snapshot, SnapshotStore } from '../connection/snapshot.ts'
import { canPull } from '../describe/describeModel.ts'
import { keepsKeyHere } from '../describe/describeProvider.ts'
import { evaluateRoutes } from '../evaluation/evaluateRoutes.ts'
import type { EvaluationPage } from '../evaluation/evaluationPage.ts'
import { openEvaluation, removeEvaluation } from '../evaluation/storedEvaluations.ts'
import type { Notifier } from '../forms/notifier.ts'
import type { Panels } from '../forms/panels.ts'
import { pickProvider, pickTask } from '../forms/pick.ts'
import { correctCategory, correctScore, removeCorrection, whyThisModel } from '../inFile/corrections.ts'
import { openResult, type RecordPlace } from '../inFile/recordPlace.ts'
import { importProviders } from '../keys/importProviders.ts'
import { moveKeys } from '../keys/moveKeys.ts'
import { removeKey, setKey } from '../keys/setKey.ts'
import { learnModel } from '../models/learnModel.ts'
import { deleteModel, removeModel, setDefaultModel, typeOf } from '../models/modelCommands.ts'
import { type NamedModel, pickListedModel } from '../models/namedModel.ts'
import { pullModel } from '../models/pullModel.ts'
import { setRoute, useReplacement } from '../models/setRoute.ts'
import { testModel } from '../models/testModel.ts'
import { acceptFrontMatter, showFrontMatter } from '../runs/frontMatterDiff.ts'
import { fetchGitHubIssues, showGitHubLabels } from '../runs/githubIssues.ts'
import {
  cancelRun,
  hideRun,
  openFileOfRun,
  openResults,
  pauseRun,
  removeRun,
  writeFileOfRun,
} from '../runs/listedRuns.ts'
import { judgeChanged, resumeRun, startRun, trySample } from '../runs/runCommands.ts'
import { changeCategories, type SetupQuestions } from '../runs/setupQuestions.ts'
import { askAboutRecord } from '../threads/askAbout.ts'
import { showPicture } from '../views/firstSteps.ts'
import { showRules } from '../views/folderRules.ts'
import type { HiddenRuns } from '../views/hiddenRuns.ts'
import {
  changedArgument,
  fieldArguments,
  fileArguments,
  modelArgument,
  nameArgument,
  noArguments,
  pageArgument,
  providerArgument,
  recordArgument,
  replacementArgument,
  routeArguments,
  runArgument,
  sourceArgument,
  stepArgument,
  taskArgument,
} from './commandArguments.ts'
import { removeProvider, setProviderEnabled } from './providerCommands.ts'
import { type Command, command } from './registerCommands.ts'
import { showReadiness } from './showReadiness.ts'
import { testConnection } from './testConnection.ts'

export interface CommandParts {
  lifetime: ServerLifetime
  snapshots: SnapshotStore
  secrets: Secrets
  evaluationPage: EvaluationPage
  watch: RunWatch
  hidden: HiddenRuns
  settings: Settings
  questions: SetupQuestions
  /** Where the samples are that came with the extension. */
  samples: Uri
  pulls: Signal<PullProgress>
  evaluations: Signal<EvaluationProgress>
  notifier: Notifier
  panels: Panels
  log: LogOutputChannel
  now: () => number
}

/** Every command of the extension; a title in the manifest belongs to each. */
export type CommandId = keyof ReturnType<typeof commandTable>

/** Id, arguments, what is done: one row a command. What a panel does is done there: the command opens it at the thing. */
export function commandTable(parts: CommandParts) {
  const { lifetime, snapshots, secrets, panels, notifier, log, now } = parts
  const run = (id: `llmProviders.${string}`, ...args: unknown[]) =>
    commands.executeCommand<void>(id, ...args) as Promise<void>

  /** What views show is read before a command looks at it for the first time. */
  async function snapshotOf(): Promise<Snapshot> {
    if (!snapshots.current) await snapshots.reload()
    if (snapshots.current) return snapshots.current
    throw new Error('the state of the server could not be read')
  }

  /** The provider named, else the one chosen from a list; null: the person left. */
  async function providerOf(
    name: string | null | undefined,
    title: string,
    isOffered?: (view: ProviderView) => boolean,
  ): Promise<ProviderView | null> {
    const snapshot = await snapshotOf()
    const named = snapshot.providers.find((view) => view.provider === name)
    return named ?? (await pickProvider(title, snapshot, now(), isOffered)) ?? null
  }

  const forProvider = (
    title: string,
    act: (api: Api, view: ProviderView) => Promise<void>,
    isOffered?: (view: ProviderView) => boolean,
  ) =>
    command(providerArgument, {
      whenUp: async (api, [name]) => {
        const view = await providerOf(name, title, isOffered)
        if (view) await act(api, view)
      },
    })

  const forModel = (
    title: string,
    act: (api: Api, named: NamedModel, snapshot: Snapshot) => Promise<void>,
    offered: { canPullOnly?: boolean } = {},
  ) =>
    command(modelArgument, {
      whenUp: async (api, [named]) => {
        const snapshot = await snapshotOf()
        const chosen = named ?? (await pickListedModel(title, snapshot, now(), offered))
        if (chosen) await act(api, chosen, snapshot)
      },
    })

  const forFiles = (tasks: Task[]) =>
    command(fileArguments, {
      whenUp: (api, [clicked, selected]) =>
        startRun(api, tasks, { clicked: clicked ?? undefined, selected: selected ?? [] }, parts),
    })

  const forRecord = (act: (api: Api, place: RecordPlace | null, notifier: Notifier) => Promise<void>) =>
    command(recordArgument, { whenUp: (api, [place]) => act(api, place ?? null, notifier) })

  const forRun = (act: (api: Api, runId: string | undefined, parts: CommandParts) => Promise<void>) =>
    command(runArgument, { whenUp: (api, [runId]) => act(api, runId ?? undefined, parts) })

  // A panel says by itself how the server is: what only opens one does not depend on it.
  return {
    'llmProviders.testConnection': forProvider(l10n.t('Test connection'), (api, view) =>
      testConnection(api, view.provider, parts),
    ),
    'llmProviders.addProvider': command(nameArgument, {
      always: async ([name]) =>
        panels.openSettings('providers', typeof name === 'string' ? `${newTarget}${name}` : newTarget),
    }),
    'llmProviders.editProvider': command(fieldArguments, {
      whenUp: async (_, [name, field]) => {
        const view = await providerOf(name, l10n.t('Edit provider'))
        if (view) panels.openSettings('providers', `${view.provider}${field ? `${fieldTarget}${field}` : ''}`)
      },
    }),
    'llmProviders.removeProvider': forProvider(l10n.t('Remove provider'), (api, view) =>
      removeProvider(api, view.provider, parts),
    ),
    'llmProviders.enableProvider': forProvider(
      l10n.t('Enable provider'),
      (api, view) => setProviderEnabled(api, view.provider, true, notifier),
      (view) => !view.enabled,
    ),
    'llmProviders.disableProvider': forProvider(
      l10n.t('Disable provider'),
      (api, view) => setProviderEnabled(api, view.provider, false, notifier),
      (view) => view.enabled,
    ),
    'llmProviders.setKey': command(providerArgument, {
      whenUp: async (api, [name]) => setKeyOf(api, name),
    }),
    'llmProviders.removeKey': forProvider(
      l10n.t('Remove key'),
      (api, view) => removeKey(api, view, secrets),
      (view) => view.key === 'present',
    ),
    'llmProviders.moveKeys': command(noArguments, {
      whenUp: async (api) => moveKeys(api, await snapshotOf(), parts),
    }),
    'llmProviders.importProviders': command(fileArguments, {
      whenUp: (api, [clicked, selected]) =>
        importProviders(api, [...new Set([clicked ?? [], selected ?? []].flat())], parts),
    }),
    'llmProviders.pullModel': command(providerArgument, {
      whenUp: async (api, [name]) => {
        const snapshot = await snapshotOf()
        const view = await providerOf(name, l10n.t('Pull model'), (candidate) => canPull(snapshot, candidate))
        if (view) await pullModel(api, view.provider, parts)
      },
    }),
    'llmProviders.deleteModel': forModel(l10n.t('Delete model'), (api, named) => deleteModel(api, named, notifier), {
      canPullOnly: true,
    }),
    'llmProviders.setDefaultModel': forModel(l10n.t('Set as default model'), (api, named, snapshot) =>
      setDefaultModel(api, snapshot, named, notifier),
    ),
    'llmProviders.useModel': command(modelArgument, {
      whenUp: async (api, [named]) =>
        setRoute(api, await snapshotOf(), { task: undefined, provider: named?.provider, model: named?.model }, parts),
    }),
    'llmProviders.testModel': forModel(l10n.t('Test model'), (api, named, snapshot) =>
      testModel(api, named, typeOf(snapshot, named), parts),
    ),
    'llmProviders.editModel': forModel(l10n.t('Edit model'), async (_, { provider, model }) =>
      panels.openSettings('models', `${provider}/${model}`),
    ),
    'llmProviders.addModel': command(providerArgument, {
      always: async ([provider]) => panels.openSettings('models', `${newTarget}${provider ?? ''}`),
    }),
    'llmProviders.removeModel': forModel(l10n.t('Remove model settings'), (api, named) =>
      removeModel(api, named, notifier),
    ),
    'llmProviders.useReplacement': command(replacementArgument, {
      whenUp: async (api, [request]) => useReplacement(api, await snapshotOf(), request ?? {}, parts),
    }),
    'llmProviders.setRoute': command(routeArguments, {
      whenUp: async (api, [task, provider, model]) =>
        setRoute(
          api,
          await snapshotOf(),
          { task: task ?? undefined, provider: provider ?? undefined, model: model ?? undefined },
          parts,
        ),
    }),
    'llmProviders.fixRoute': command(taskArgument, {
      whenUp: async (_, [task]) => {
        const snapshot = await snapshotOf()
        const chosen = task ?? (await pickTask(l10n.t('Resolve the problem'), snapshot, now()))
        if (chosen) await fix(snapshot, chosen)
      },
    }),
    'llmProviders.explainRoute': command(taskArgument, {
      whenUp: async (_, [task]) => {
        const chosen = task ?? (await pickTask(l10n.t('Explain route'), await snapshotOf(), now()))
        if (chosen) panels.openSettings('routes', `${chosen}${stepsTarget}`)
      },
    }),
    'llmProviders.showReadiness': command(noArguments, {
      whenUp: async () => {
        const snapshot = await snapshotOf()
        await showReadiness(
          snapshot,
          { live: parts.watch.live(), now: now() },
          {
            fix: (task) => fix(snapshot, task),
            replace: (task) => run('llmProviders.useReplacement', task),
            explain: (task) => run('llmProviders.explainRoute', task),
            setRoute: (task) => run('llmProviders.setRoute', task),
            test: (provider) => run('llmProviders.testConnection', provider),
            openResults: (runId) => run('llmProviders.openResults', runId),
            resume: (runId) => run('llmProviders.resumeRun', runId),
            openSettings: () => run('llmProviders.openSettings'),
          },
        )
      },
    }),
    'llmProviders.openSettings': command(pageArgument, {
      always: async ([page, target]) => panels.openSettings(page ?? undefined, target ?? undefined),
    }),
    'llmProviders.editCriteria': command(noArguments, { always: async () => panels.openSettings('criteria') }),
    'llmProviders.editInterests': command(noArguments, { always: async () => panels.openSettings('prompts') }),
    'llmProviders.categorize': forFiles(['categorization']),
    'llmProviders.score': forFiles(['scoring']),
    'llmProviders.categorizeAndScore': forFiles(['categorization', 'scoring']),
    'llmProviders.changeCategories': command(sourceArgument, {
      always: async ([of]) => changeCategories(of ?? undefined, parts),
    }),
    'llmProviders.trySample': command(noArguments, { whenUp: (api) => trySample(api, parts) }),
    'llmProviders.showPicture': command(stepArgument, {
      always: ([step]) => showPicture(parts.samples, step ?? 'file'),
    }),
    'llmProviders.cancelRun': forRun(cancelRun),
    'llmProviders.pauseRun': forRun(pauseRun),
    'llmProviders.resumeRun': forRun(resumeRun),
    'llmProviders.openResults': forRun(openResults),
    'llmProviders.openResultsFile': forRun(openFileOfRun),
    'llmProviders.writeResults': forRun(writeFileOfRun),
    'llmProviders.openResult': command(recordArgument, {
      whenUp: (api, [place]) => openResult(api, place ?? null, parts),
    }),
    'llmProviders.openConversations': command(noArguments, { always: async () => panels.openConversations(null) }),
    'llmProviders.askAboutRecord': command(recordArgument, {
      whenUp: (api, [place]) => askAboutRecord(api, place ?? null, parts),
    }),
    'llmProviders.judgeChanged': command(changedArgument, {
      whenUp: (api, [changed]) => judgeChanged(api, changed, parts),
    }),
    'llmProviders.correctCategory': forRecord(correctCategory),
    'llmProviders.correctScore': forRecord(correctScore),
    'llmProviders.removeCorrection': forRecord(removeCorrection),
    'llmProviders.evaluateRoutes': command(modelArgument, {
      whenUp: async (api, [only]) => evaluateRoutes(api, await snapshotOf(), only ?? null, parts),
    }),
    'llmProviders.openEvaluation': command(noArguments, { whenUp: (api) => openEvaluation(api, parts) }),
    'llmProviders.removeEvaluation': command(noArguments, { whenUp: (api) => removeEvaluation(api, parts) }),
    'llmProviders.whyThisModel': forRecord(whyThisModel),
    'llmProviders.showFrontMatter': forRun(showFrontMatter),
    'llmProviders.fetchGitHubIssues': command(noArguments, { whenUp: (api) => fetchGitHubIssues(api, parts) }),
    'llmProviders.showGitHubLabels': forRun(showGitHubLabels),
    'llmProviders.acceptFrontMatter': command(fileArguments, {
      whenUp: (api, [proposal]) => acceptFrontMatter(api, proposal ?? undefined, notifier),
    }),
    'llmProviders.learnModel': forRun(learnModel),
    'llmProviders.removeRun': forRun(removeRun),
    'llmProviders.hideRun': forRun(hideRun),
    'llmProviders.showHiddenRuns': command(noArguments, { always: () => parts.hidden.showAll() }),
    'llmProviders.scanServers': command(noArguments, {
      always: async () => panels.openSettings('providers', newTarget + scanTarget),
    }),
    'llmProviders.showRules': command(noArguments, { whenUp: async () => showRules(snapshots) }),
    'llmProviders.showUsage': command(noArguments, { always: async () => panels.openSettings('usage') }),
    'llmProviders.exportAudit': command(noArguments, {
      whenUp: async (api) => exportAudit(api, await snapshotOf(), parts),
    }),
    'llmProviders.restartServer': command(noArguments, {
      always: async () => {
        const state = await lifetime.restart()
        if (state.kind !== 'running') await notifier.showServerDown(state)
      },
    }),
    'llmProviders.showLog': command(noArguments, { always: async () => log.show(true) }),
  } satisfies Record<`llmProviders.${string}`, Command>

  /** What a task's reason says that helps; a task that is ready is explained. */
  async function fix(snapshot: Snapshot, task: Task): Promise<void> {
    const { reason } = snapshot.readiness[task]
    if (!reason) return run('llmProviders.explainRoute', task)
    // Not every reason names the task that it was found for.
    return reason.action.id === 'chooseModel' ? run('llmProviders.setRoute', task) : notifier.runAction(reason)
  }

  async function setKeyOf(api: Api, name: string | null | undefined): Promise<void> {
    const snapshot = await snapshotOf()
    const named = snapshot.providers.find(({ provider }) => provider === name)
    // A provider that cannot hold a key, or whose key comes from a variable, is changed in its settings.
    if (
      named &&
      !keepsKeyHere(
        named,
        snapshot.kinds.find(({ kind }) => kind === named.kind),
      )
    )
      return run('llmProviders.editProvider', named.provider)
    const owner = await setKey(api, snapshot, named, { secrets, now: now() })
    if (owner) await testConnection(api, owner.provider, parts)
  }
}
