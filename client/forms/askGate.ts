import { commands, l10n, window, workspace } from 'vscode'
import type { Params, RequestName, Result } from '../../protocol/contract.ts'
import type { Reason } from '../../protocol/reasons.ts'
import type { Api } from '../connection/api.ts'
import { describeReason, reasonAction } from '../describe/language.ts'

const saving: ReadonlySet<RequestName> = new Set<RequestName>([
  'route/save',
  'route/saveAll',
  'alias/save',
  'provider/save',
])
const asking: ReadonlySet<RequestName> = new Set<RequestName>([...saving, 'run/start'])

/**
 * The same requests. Whoever sent the one that a profile's gate speaks against, the person is asked, with the figures: what they use all
 * the same is sent once more; otherwise the answer stays `gate_unmet`.
 */
export function withGate(api: Api): Api {
  return {
    notify: api.notify,
    async request<Name extends RequestName>(
      name: Name,
      params: Params<Name>,
      token?: Parameters<Api['request']>[2],
    ): Promise<Result<Name>> {
      const asked = saving.has(name) ? { ...folderOfGate(), ...(params as object) } : params
      const result = await api.request(name, asked as Params<Name>, token)
      const unmet = asking.has(name) ? unmetGate(result) : null
      if (unmet === null || !(await usesAllTheSame(unmet))) return result
      return await api.request(name, { ...(asked as object), confirm: true } as Params<Name>, token)
    },
  }
}

/** A route counts for the whole window, and so does the profile of its first folder. */
function folderOfGate(): { workspaceFolder?: string } {
  const [first] = workspace.isTrusted ? (workspace.workspaceFolders ?? []) : []
  return first?.uri.scheme === 'file' ? { workspaceFolder: first.uri.fsPath } : {}
}

function unmetGate(result: unknown): Extract<Reason, { code: 'gate_unmet' }> | null {
  const { ok, reason } = result as { ok: boolean; reason?: Reason }
  return !ok && reason?.code === 'gate_unmet' ? reason : null
}

async function usesAllTheSame(reason: Extract<Reason, { code: 'gate_unmet' }>): Promise<boolean> {
  const { provider, model } = reason
  const use = l10n.t('Use it all the same')
  const measure = reasonAction(reason)
  const question = l10n.t('Use {0} of "{1}" although it has not passed the gate?', model, provider)
  const detail = describeReason(reason)
  const chosen = await window.showWarningMessage(question, { modal: true, detail }, use, measure)
  if (chosen === measure) void commands.executeCommand('llmProviders.evaluateRoutes', { provider, model })
  return chosen === use
}
