import { mount } from "svelte";
import App from "./App.svelte";
import { tauriBackend } from "./ipc/tauri";
import { App as Kaibo } from "./state/app.svelte";

const target = document.getElementById("app");
if (target) mount(App, { target, props: { app: new Kaibo(tauriBackend) } });
