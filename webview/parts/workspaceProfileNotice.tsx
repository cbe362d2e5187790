import * as l10n from '@vscode/l10n'
import { useEffect, useState } from 'preact/hooks'
import type { PageCommandResult } from '../../protocol/page.ts'
import { usePage } from '../state/pageContext.ts'
import { Button } from '../toolkit.tsx'
import { Notice } from './notice.tsx'

/** A profile file of the workspace replaces there all that this page shows: people who edit here have to know. */
export function WorkspaceProfileNotice() {
  const { host, server } = usePage()
  const [found, setFound] = useState<PageCommandResult<'workspaceProfile'>>(null)
  const isRunning = server.kind === 'running'
  useEffect(() => {
    if (isRunning) void host.command('workspaceProfile', {}).then(setFound)
  }, [host, isRunning])
  if (!found) return null
  return (
    <Notice
      look={found.problem ? 'error' : 'warning'}
      actions={
        <Button onClick={() => void host.command('openWorkspaceProfile', {})}>{l10n.t('Open the profile file')}</Button>
      }
    >
      {found.problem ??
        l10n.t(
          'This workspace has its own profile, {0}: its categories, interests and prompts are used instead of these.',
          withinFolder(found.path),
        )}
    </Notice>
  )
}

/** The whole path says more than anybody asked: `.llm-providers/profile.yaml`. */
function withinFolder(path: string): string {
  return path.split(/[\\/]/).slice(-2).join('/')
}
