import { mount } from "svelte";
import App from "./App.svelte";
import { tauriBackend } from "./ipc/tauri";
import { App as Kaibo } from "./state/app.svelte";

const target = document.getElementById("app");
if (target) {
  const app = new Kaibo(tauriBackend);
  // Until the program has told: nobody is to see another language flash by.
  app.model.systemLanguage = navigator.language;
  mount(App, { target, props: { app } });
}
