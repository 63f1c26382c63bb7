"""What is refused of sales orders."""

from uuid import UUID

from datastore_service.domain.errors import DomainError


class SalesOrderNotFound(DomainError):
    """There is no sales order with this id."""

    code = "sales_order_not_found"

    def __init__(self, sales_order_id: UUID) -> None:
        super().__init__(f"There is no sales order {sales_order_id}.")


class SalesOrderExists(DomainError):
    """The id is taken."""

    code = "sales_order_exists"

    def __init__(self, sales_order_id: UUID) -> None:
        super().__init__(f"The id {sales_order_id} is taken by another sales order.")


class SalesOrderPlaced(DomainError):
    """It has been placed, and nothing changes it any more."""

    code = "sales_order_placed"

    def __init__(self, sales_order_id: UUID) -> None:
        super().__init__(f"Sales order {sales_order_id} has been placed.")


class SalesOrderEmpty(DomainError):
    """It has no lines."""

    code = "sales_order_empty"

    def __init__(self, sales_order_id: UUID) -> None:
        super().__init__(f"Sales order {sales_order_id} has no lines.")
