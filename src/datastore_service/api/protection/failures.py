"""Answers for what was not foreseen, and logs it once."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from datastore_service.api.problems import problem_of


class Failures:
    """Turns an exception that nobody has handled into a problem document.

    The framework's own layer for this raises the exception again after its answer, and the server logs it once more.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        answers = False

        async def send_and_see(message: Message) -> None:
            nonlocal answers
            answers = True
            await send(message)

        try:
            await self._app(scope, receive, send_and_see)
        except Exception as error:  # noqa: BLE001 - whatever it is, it ends here
            problem = problem_of(error, scope["state"]["correlation_id"])
            # An answer that breaks off is left without its end, by which the server knows to drop the connection.
            if not answers:
                await problem.to_response()(scope, receive, send)
