import './styles/main.css'
import { settingsTalk } from '../protocol/page.ts'
import { Frame } from './frame/frame.tsx'
import { startPanel } from './host/startPanel.ts'
import { createPulls } from './state/pulls.ts'
import { createServerData } from './state/serverData.ts'

/** Everything of the settings panel's page is built and wired here, once. */
startPanel(settingsTalk, ({ host, kept, announce }) => {
  const data = createServerData(host)
  const pulls = createPulls({ host, kept })
  return {
    heard(event) {
      data.heard(event)
      pulls.heard(event)
    },
    serverIsBack: () => data.readAll(),
    draw({ place, server, announcement, now }) {
      const context = { host, data, kept, pulls, announce, server, now }
      return <Frame context={context} place={place} announcement={announcement} />
    },
  }
})
