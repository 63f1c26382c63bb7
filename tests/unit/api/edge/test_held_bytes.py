"""What slow clients have the service hold."""

from datastore_service.api.edge.held_bytes import HeldBytes


class Client:
    def __init__(self) -> None:
        self.given_up = 0

    def give_up(self) -> None:
        self.given_up += 1


def test_gives_up_the_first_ones_until_the_rest_is_little_enough() -> None:
    held, clients = HeldBytes(100), [Client() for _ in range(4)]

    for client in clients[:3]:
        held.add(client, 30)
    held.add(clients[0], 10)
    held.add(clients[3], 80)

    assert [client.given_up for client in clients] == [1, 1, 1, 0]


def test_what_is_released_or_settled_is_not_given_up() -> None:
    held, clients = HeldBytes(100), [Client() for _ in range(3)]

    for client in clients[:2]:
        held.add(client, 40)
    held.release(clients[0])
    held.settle(clients[1])
    held.add(clients[2], 60)
    held.add(clients[2], 1)

    assert [client.given_up for client in clients] == [0, 0, 1]


def test_one_alone_may_be_too_much() -> None:
    held, client = HeldBytes(100), Client()

    held.add(client, 101)
    held.add(client, 100)

    assert client.given_up == 1
