import { render } from 'preact';
import { App } from './app.tsx';
import { startLive } from './data/live.ts';
import { resumeSession } from './data/session.ts';
import './styles/tokens.css';
import './styles/base.css';
import './styles/parts.css';
import './styles/shell.css';
import './styles/pages.css';
import './styles/messages.css';

const root = document.getElementById('app');
if (!root) throw new Error('the page has no place for the app');
render(<App />, root);
startLive();
void resumeSession();
